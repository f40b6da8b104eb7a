import { keep, recall } from './memory.js'
import { dataUri, prepare } from './pictures.js'
import { ask, models, Failure } from './server.js'
import { TurnView, button, make } from './turn.js'

const $ = id => document.getElementById(id)
const MAX_KEPT_BYTES = 64 * 1024 * 1024
const BUSY_TRIES = 5
const BUNDLED = 'demo' // the bundled model, which was trained on single questions
const touch = matchMedia('(pointer: coarse)')

const turns = [] // of this conversation; see TurnView
const views = []
const tray = [] // pictures of the next question
const addresses = new WeakMap() // picture → object URL
let running = null // AbortController of the answer that is coming
let model = ''
let key = '' // in memory only
let settled = false // whether the settings are those that were left here
let following = true // whether the end of the conversation stays in view
let afterKey = null // what to do once there is a key

// ---- asking ------------------------------------------------------------------------------------------------

async function submit() {
  const question = $('question').value.trim()
  if (running) return notice('An answer is coming; stop it to ask something else.')
  if (!question) {
    $('question').focus()
    return notice(tray.length ? 'What would you like to know about the picture?' : '')
  }
  notice('')
  const turn = { question, pictures: tray.splice(0), answer: '', state: 'asking', words: '', numbers: '' }
  $('question').value = ''
  sizeQuestion()
  showTray()
  turns.push(turn)
  await answer(addView(turn))
}

/// Has the last turn answered, as often as the server is too busy and `BUSY_TRIES` allow.
async function answer(view) {
  const { turn } = view
  const controller = running = new AbortController()
  const { signal } = controller
  Object.assign(turn, { answer: '', state: 'asking', failure: null, words: '', numbers: '' })
  showAll()
  toEnd()
  startSpeaking()
  try {
    for (let tries = 1; ; tries++) {
      try {
        await stream(view, signal)
        break
      } catch (error) {
        if (error.kind !== 'busy' || tries >= BUSY_TRIES || turn.answer) throw error
        await pause(view, error, signal)
      }
    }
    turn.state = 'done'
  } catch (error) {
    if (signal.aborted) turn.state = 'stopped'
    else failed(view, error)
  }
  if (running !== controller) return // another conversation began
  running = null
  if (turn.state !== 'failed') speak(turn.answer + (turn.state === 'stopped' ? '\nStopped.' : ''), true)
  const atStop = document.activeElement === $('stop')
  showAll()
  if (atStop && !touch.matches) $('question').focus()
  keepAll()
}

/// One request: fills the turn while pieces come.
async function stream(view, signal) {
  const { turn } = view
  const began = performance.now()
  let first = 0
  let last = 0
  let pieces = 0
  let drawing = 0
  const waiting = () => {
    const seconds = Math.floor((performance.now() - began) / 1000)
    turn.words = (turn.pictures.length ? 'Looking at the picture' : 'Reading') + (seconds > 1 ? `, ${seconds} s` : '')
    view.show()
  }
  waiting()
  const clock = setInterval(waiting, 1000)
  const draw = () => {
    drawing = 0
    turn.numbers = speed(first - began, pieces, last - first)
    view.show()
  }
  try {
    const request = await body()
    const { usage, finish } = await ask(request, {
      key,
      signal,
      text: piece => {
        last = performance.now()
        pieces++
        if (pieces === 1) {
          first = last
          clearInterval(clock)
          turn.words = ''
        }
        turn.answer += piece
        speak(turn.answer, false)
        drawing ||= requestAnimationFrame(draw)
      },
    })
    const tokens = usage?.completion_tokens ?? pieces
    turn.words = ending(finish, turn.answer)
    turn.numbers = pieces ? speed(first - began, tokens, last - first) + prompt(usage) : ''
  } finally {
    clearInterval(clock)
    cancelAnimationFrame(drawing)
  }
}

/// Waits as long as a busy server asks for, counting down in words.
function pause(view, busy, signal) {
  return new Promise((resolve, reject) => {
    let seconds = Math.ceil(busy.waitSeconds)
    const tick = () => {
      view.turn.words = `${busy.message} Asking again in ${seconds} s`
      view.show()
      if (seconds-- > 0) return
      clearInterval(clock)
      resolve()
    }
    const clock = setInterval(tick, 1000)
    tick()
    say(`${busy.message} Asking again in ${seconds + 1} seconds.`)
    signal.addEventListener('abort', () => {
      clearInterval(clock)
      reject(signal.reason)
    })
  })
}

/// The request of the last turn. Turns without an answer are left out, as they would stand there unanswered.
async function body() {
  const messages = []
  const system = $('system').value.trim()
  if (system) messages.push({ role: 'system', content: system })
  const { question, pictures } = turns.at(-1)
  if ($('alone').checked) {
    const latest = turns.findLast(turn => turn.pictures.length)
    messages.push({ role: 'user', content: await content({ question, pictures: latest?.pictures ?? [] }) })
  } else {
    for (const turn of turns.slice(0, -1).filter(({ answer, state }) => answer && state !== 'failed')) {
      messages.push({ role: 'user', content: await content(turn) }, { role: 'assistant', content: turn.answer })
    }
    messages.push({ role: 'user', content: await content({ question, pictures }) })
  }
  const request = { messages }
  if (model) request.model = model
  if ($('temperature').value !== '') request.temperature = Number($('temperature').value)
  if ($('most').value !== '') request.max_completion_tokens = Number($('most').value)
  return request
}

async function content({ question, pictures }) {
  if (!pictures.length) return question
  const parts = []
  for (const { blob } of pictures) parts.push({ type: 'image_url', image_url: { url: await dataUri(blob) } })
  parts.push({ type: 'text', text: question })
  return parts
}

function speed(toFirst, tokens, during) {
  const parts = [`first word after ${seconds(toFirst)}`]
  if (tokens > 1 && during > 0) parts.push(`${((tokens - 1) * 1000 / during).toFixed(1)} tokens/s`)
  parts.push(tokens === 1 ? '1 token' : `${tokens} tokens`)
  return parts.join(' · ')
}

function prompt(usage) {
  if (!usage?.prompt_tokens) return ''
  const pictures = usage.prompt_tokens_details?.image_tokens
  return ` · question ${usage.prompt_tokens} tokens` + (pictures ? ` (${pictures} picture)` : '')
}

function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0) + ' s'
}

function ending(finish, text) {
  if (finish === 'length') return 'The answer ends here because its longest length is reached.'
  return text ? '' : 'The model had nothing to say.'
}

// ---- when something goes wrong -----------------------------------------------------------------------------

function failed(view, error) {
  const { turn } = view
  const failure = error instanceof Failure
    ? error
    : new Failure('page', 'Something went wrong on this page.', String(error.message ?? error))
  turn.state = 'failed'
  turn.words = ''
  turn.failure = { kind: failure.kind, message: failure.message, detail: failure.detail }
  if (failure.kind === 'key') openDoor(() => answer(view))
}

function waysOn(view) {
  const again = { label: 'Try again', act: () => answer(view) }
  const change = { label: 'Change the question', act: () => reopen(view) }
  switch (view.turn.failure.kind) {
    case 'key':
      return [{ label: 'Enter the key', act: () => openDoor(() => answer(view)) }, change]
    case 'context':
      return [{ label: 'Start a new conversation with it', act: () => carryOver(view) }, change]
    case 'large':
    case 'refused':
      return [change, again]
    default:
      return [again, change]
  }
}

/// Puts a question that was not answered back where it was typed.
function reopen(view) {
  const { turn } = view
  $('question').value = turn.question
  tray.splice(0, tray.length, ...turn.pictures)
  turns.pop()
  views.pop()
  view.element.remove()
  showTray()
  showAll()
  sizeQuestion()
  $('question').focus()
  keepAll()
}

function carryOver(view) {
  reopen(view)
  const { value } = $('question')
  const pictures = tray.splice(0)
  anew()
  $('question').value = value
  tray.push(...pictures)
  showTray()
  submit()
}

function openDoor(then) {
  afterKey = then
  $('door-words').textContent = key
    ? 'The server did not accept the last one. It stays in this page\'s memory and is gone when you leave or reload.'
    : 'It stays in this page\'s memory and is gone when you leave or reload.'
  $('key').value = ''
  $('door').showModal()
}

// ---- what is seen ------------------------------------------------------------------------------------------

const actions = {
  again: view => answer(view),
  copy: async view => {
    const done = await copy(view.turn.answer)
    view.copyButton.textContent = done ? 'Copied' : 'Could not copy'
    say(view.copyButton.textContent)
    setTimeout(() => { view.copyButton.textContent = 'Copy' }, 1500)
  },
  look: picture => {
    const image = $('viewer').querySelector('img')
    image.src = address(picture)
    image.alt = picture.name
    $('viewer').showModal()
  },
  image: picture => {
    const image = make('img', '')
    image.src = address(picture)
    image.alt = ''
    image.width = picture.width
    image.height = picture.height
    return image
  },
}

function addView(turn) {
  const view = new TurnView(turn, actions)
  views.push(view)
  $('turns').append(view.element)
  return view
}

/// Brings everything up to date that depends on whether an answer is coming.
function showAll() {
  views.forEach((view, i) => {
    view.show(i === views.length - 1 && !running)
    if (view.turn.failure && !view.trouble.firstChild) view.fail(view.turn.failure, waysOn(view))
  })
  $('welcome').hidden = turns.length > 0
  $('anew').hidden = turns.length === 0
  $('ask').hidden = running !== null
  $('stop').hidden = running === null
}

function showTray() {
  $('tray').replaceChildren(...tray.map((picture, i) => {
    const item = make('li', '')
    const remove = button('×', () => {
      tray.splice(i, 1)
      showTray()
      notice('')
      $('question').focus()
    })
    remove.className = 'remove'
    remove.setAttribute('aria-label', `Take ${picture.name} out`)
    const text = make('span', 'name', picture.name)
    if (picture.note) text.append(make('small', '', picture.note))
    item.append(actions.image(picture), text, remove)
    return item
  }))
}

function address(picture) {
  if (!addresses.has(picture)) addresses.set(picture, URL.createObjectURL(picture.blob))
  return addresses.get(picture)
}

function sizeQuestion() {
  const area = $('question')
  area.style.height = 'auto'
  area.style.height = Math.min(area.scrollHeight + 2, innerHeight * 0.35) + 'px'
}

function notice(text) {
  $('notice').textContent = text
}

function atEnd() {
  const { scrollHeight, scrollTop, clientHeight } = $('scroll')
  return scrollHeight - scrollTop - clientHeight < 48
}

function toEnd() {
  following = true
  $('scroll').scrollTop = $('scroll').scrollHeight
  $('newest').hidden = true
}

/// The reader's own scrolling decides whether the newest words are followed.
function scrolled() {
  following = atEnd()
  $('newest').hidden = following || turns.length === 0
}

// ---- what is heard: whole sentences, as they are complete --------------------------------------------------

let spoken = 0

function startSpeaking() {
  spoken = 0
  $('spoken').replaceChildren()
}

function speak(text, all) {
  const rest = text.slice(spoken)
  const end = all ? rest.length : Math.max(rest.lastIndexOf('. '), rest.lastIndexOf('? '), rest.lastIndexOf('! '),
    rest.lastIndexOf('\n')) + 1
  if (end <= 0) return
  spoken += end
  say(rest.slice(0, end).trim())
}

function say(text) {
  if (text) $('spoken').append(make('p', '', text))
}

// ---- pictures ----------------------------------------------------------------------------------------------

async function take(files) {
  notice('')
  for (const file of files) {
    try {
      tray.push(await prepare(file))
    } catch (error) {
      notice(error.message)
    }
  }
  showTray()
  if (!touch.matches) $('question').focus()
}

const ways = {
  choose: () => $('files').click(),
  photograph: () => $('camera').click(),
  example: async () => {
    try {
      const response = await fetch('example.png')
      if (!response.ok) throw new Error()
      await take([new File([await response.blob()], 'example.png', { type: 'image/png' })])
      $('question').value = 'Describe the image.'
      sizeQuestion()
    } catch {
      notice('The server cannot be reached. Is it still running?')
    }
  },
}

function drop(event) {
  document.body.classList.remove('drop')
  const files = [...event.dataTransfer.files]
  if (files.length) take(files)
  else notice('That was no file. Save the picture first, then drop the file; nothing is fetched from the web here.')
}

function carries(event) {
  const types = event.dataTransfer?.types ?? []
  return types.includes('Files') || types.includes('text/uri-list')
}

// ---- the conversation --------------------------------------------------------------------------------------

function anew() {
  running?.abort()
  running = null
  for (const { pictures } of turns) {
    for (const picture of pictures) URL.revokeObjectURL(addresses.get(picture))
  }
  turns.length = 0
  views.length = 0
  tray.length = 0
  $('turns').replaceChildren()
  startSpeaking()
  showTray()
  notice('')
  showAll()
  keepAll()
  $('question').focus()
}

/// Keeps what a reload would lose; pictures as bytes.
async function keepAll() {
  const settings = Object.fromEntries(['temperature', 'most', 'system'].map(id => [id, $(id).value]))
  settings.alone = $('alone').checked
  const kept = turns.filter(({ state }) => state !== 'asking')
  const bytes = kept.flatMap(turn => turn.pictures).reduce((sum, picture) => sum + picture.blob.size, 0)
  const done = bytes <= MAX_KEPT_BYTES && await keep({ settings, turns: await Promise.all(kept.map(storable)) })
  if (!done && turns.length === 1) notice('This browser will not keep the conversation when the page is reloaded.')
}

async function storable(turn) {
  const pictures = turn.pictures.map(async ({ blob, ...rest }) =>
    ({ ...rest, type: blob.type, bytes: await blob.arrayBuffer() }))
  return { ...turn, pictures: await Promise.all(pictures) }
}

async function restore() {
  const kept = await recall()
  if (!kept) return
  settled = true
  for (const [id, value] of Object.entries(kept.settings)) {
    if (id === 'alone') $(id).checked = value
    else $(id).value = value
  }
  if (turns.length) return
  for (const turn of kept.turns) {
    turn.pictures = turn.pictures.map(({ bytes, type, ...rest }) => ({ ...rest, blob: new Blob([bytes], { type }) }))
    turns.push(turn)
    addView(turn)
  }
  showAll()
  toEnd()
}

async function greet() {
  try {
    const [first] = await models(key)
    model = first?.id ?? ''
    if (model === BUNDLED && !settled) $('alone').checked = true
    $('model').textContent = model
    document.title = model ? `${model} · Peregrine` : 'Peregrine'
  } catch (error) {
    if (error.kind === 'key') openDoor(greet)
    else $('model').textContent = error.message
    if (error.kind === 'busy') setTimeout(greet, error.waitSeconds * 1000)
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = make('textarea', 'unseen', text) // pages without TLS have no clipboard
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

// ---- wiring ------------------------------------------------------------------------------------------------

$('composer').addEventListener('submit', event => {
  event.preventDefault()
  submit()
})
$('question').addEventListener('input', sizeQuestion)
$('question').addEventListener('keydown', event => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch.matches) return
  event.preventDefault()
  submit()
})
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && running && !document.querySelector('dialog[open]')) running.abort()
})
$('stop').addEventListener('click', () => running?.abort())
$('anew').addEventListener('click', anew)
$('newest').addEventListener('click', toEnd)
$('scroll').addEventListener('scroll', scrolled, { passive: true })
const growth = new ResizeObserver(() => following && toEnd())
growth.observe($('turns'))
growth.observe($('scroll'))
$('settings').addEventListener('change', keepAll)
for (const id of ['files', 'camera']) {
  $(id).addEventListener('change', event => {
    take([...event.target.files])
    event.target.value = ''
  })
}
for (const way of document.querySelectorAll('[data-does]')) way.addEventListener('click', ways[way.dataset.does])

document.addEventListener('paste', event => {
  const files = [...event.clipboardData.files]
  if (!files.length) return
  event.preventDefault()
  take(files)
})
addEventListener('dragover', event => {
  if (!carries(event)) return
  event.preventDefault()
  document.body.classList.add('drop')
})
addEventListener('dragleave', event => {
  if (!event.relatedTarget) document.body.classList.remove('drop')
})
addEventListener('drop', event => {
  if (!carries(event)) return
  event.preventDefault()
  drop(event)
})

$('viewer').addEventListener('click', event => {
  if (event.target.tagName !== 'BUTTON') $('viewer').close()
})
$('door-close').addEventListener('click', () => $('door').close())
$('door').querySelector('form').addEventListener('submit', () => {
  key = $('key').value.trim()
  const then = afterKey
  if (model === '' && then !== greet) greet()
  then?.()
})

await restore()
await greet()
if (!touch.matches && document.activeElement === document.body) $('question').focus()

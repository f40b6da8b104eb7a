import { render } from './markdown.js'

/// How one question and its answer look on the page. The turn itself is plain data that can be kept:
/// { question, pictures, answer, state, words, numbers, failure }, `state` one of asking, done, stopped, failed.
export class TurnView {
  constructor(turn, actions) {
    this.turn = turn
    this.element = make('article', 'turn')
    this.element.append(this.questionElement(actions))
    this.answer = make('div', 'answer')
    this.words = make('div', 'words')
    this.status = make('p', 'status')
    this.trouble = make('div', 'trouble')
    this.trouble.setAttribute('role', 'alert')
    this.foot = make('p', 'foot')
    this.numbers = make('span', 'numbers')
    this.copyButton = button('Copy', () => actions.copy(this))
    this.againButton = button('Try again', () => actions.again(this))
    this.foot.append(this.numbers, this.copyButton, this.againButton)
    this.answer.append(this.words, this.status, this.trouble, this.foot)
    this.element.append(this.answer)
    this.show()
  }

  questionElement(actions) {
    const asked = make('div', 'asked')
    asked.append(make('h2', 'unseen', 'You asked'))
    if (this.turn.pictures.length) {
      const shelf = make('div', 'shelf')
      for (const picture of this.turn.pictures) {
        const look = button('', () => actions.look(picture))
        look.className = 'thumb'
        look.setAttribute('aria-label', `Enlarge ${picture.name}`)
        look.append(actions.image(picture))
        shelf.append(look)
      }
      asked.append(shelf)
    }
    asked.append(make('p', 'bubble', this.turn.question))
    return asked
  }

  /// Brings what is seen up to date with the turn; `last` says whether it may be asked again.
  show(last = true) {
    const { state, answer, words, numbers, failure } = this.turn
    render(this.words, answer)
    this.element.dataset.state = state
    this.words.classList.toggle('writing', state === 'asking' && answer !== '')
    setText(this.status, state === 'asking' ? words : state === 'stopped' ? 'Stopped.' : words)
    this.status.classList.toggle('busy', state === 'asking' && answer === '')
    setText(this.numbers, numbers)
    this.foot.hidden = state === 'asking' && answer === ''
    this.copyButton.hidden = state === 'asking' || answer === ''
    this.againButton.hidden = state === 'asking' || state === 'failed' || !last
    if (!failure) this.trouble.replaceChildren()
  }

  /// Says what went wrong and what can be done: { label, act } for each way on.
  fail(failure, ways) {
    const parts = [make('p', 'what', failure.message)]
    if (failure.detail) parts.push(make('p', 'detail', failure.detail))
    const row = make('p', 'ways')
    for (const { label, act } of ways) row.append(button(label, act))
    parts.push(row)
    this.trouble.replaceChildren(...parts)
  }
}

export function make(tag, className, text) {
  const made = document.createElement(tag)
  made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

export function button(label, act) {
  const made = make('button', 'plain', label)
  made.type = 'button'
  made.addEventListener('click', act)
  return made
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
  element.hidden = !text
}

/// What the page asks the server: which model there is, and an answer, piece by piece.

/// Why there is no answer. `kind` tells the page what to offer: gone, cut, key, busy, large, context, refused, broken.
export class Failure extends Error {
  constructor(kind, message, detail = '', waitSeconds = 0) {
    super(message)
    this.kind = kind
    this.detail = detail
    this.waitSeconds = waitSeconds
  }
}

const BUSY = { loading: 'The model is being loaded.', shutting_down: 'The server is shutting down.' }

/// The models of the server, each with its `id`.
export async function models(key, signal) {
  const response = await reach('v1/models', { headers: headers(key), signal })
  if (!response.ok) throw await failure(response)
  return (await response.json()).data ?? []
}

/// Asks, calls `text(piece)` for each piece of the answer as it comes, and gives { usage, finish } at its end.
/// Throws a Failure, or what an aborted `signal` throws.
export async function ask(request, { key, signal, text }) {
  const body = JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } })
  const response = await reach('v1/chat/completions', {
    method: 'POST',
    headers: { ...headers(key), 'Content-Type': 'application/json' },
    body,
    signal,
  }, body.length)
  if (!response.ok) throw await failure(response)
  let usage
  let finish
  for await (const data of events(response.body, signal)) {
    if (data === '[DONE]') return { usage, finish }
    let chunk
    try {
      chunk = JSON.parse(data)
    } catch {
      throw new Failure('broken', 'The server sent something that is not an answer.', data.slice(0, 200))
    }
    if (chunk.error) throw told(chunk.error, 0)
    usage = chunk.usage ?? usage
    const choice = chunk.choices?.[0]
    finish = choice?.finish_reason ?? finish
    if (choice?.delta?.content) text(choice.delta.content)
  }
  throw new Failure('cut', 'The answer breaks off here: the connection to the server was lost.')
}

function headers(key) {
  return key ? { Authorization: 'Bearer ' + key } : {}
}

async function reach(path, options, sentBytes = 0) {
  try {
    return await fetch(path, { ...options, cache: 'no-store', credentials: 'same-origin' })
  } catch (error) {
    if (options.signal?.aborted) throw error
    const size = sentBytes > 8e6
      ? ` The question with its pictures was ${Math.round(sentBytes / 1e6)} MB; perhaps that is more than it takes.`
      : ''
    throw new Failure('gone', 'The server cannot be reached. Is it still running?' + size)
  }
}

/// The data of server-sent events, in order. Lines may end in LF or CR LF; comments are left out.
async function* events(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  let data = []
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const lines = (rest + value).split('\n')
      rest = lines.pop()
      for (const raw of lines) {
        const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
        if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
        if (line === '' && data.length) {
          yield data.join('\n')
          data = []
        }
      }
    }
  } catch (error) {
    if (signal.aborted || error instanceof Failure) throw error
    throw new Failure('cut', 'The answer breaks off here: the connection to the server was lost.')
  } finally {
    reader.cancel().catch(() => {})
  }
}

async function failure(response) {
  let error = {}
  try {
    error = (await response.json()).error ?? {}
  } catch {
    // the status has to do
  }
  return told(error, response.status, Number(response.headers.get('Retry-After')) || 0)
}

function told(error, status, waitSeconds = 0) {
  const detail = error.message ?? (status ? `The server says ${status}.` : '')
  if (error.code === 'context_length_exceeded') {
    return new Failure('context', 'The conversation is longer than the model can hold.', detail)
  }
  if (status === 401 || error.type === 'authentication_error') {
    return new Failure('key', 'The server asks for a key.', detail)
  }
  if (status === 413) {
    return new Failure('large', 'That is more than the server takes in one question. Take a picture out, or a smaller one.',
      detail)
  }
  if (status === 429 || status === 503) {
    return new Failure('busy', BUSY[error.code] ?? 'The server is busy.', detail,
      Math.min(120, Math.max(1, waitSeconds || 5)))
  }
  if (status >= 400 && status < 500) return new Failure('refused', 'The server did not take the question.', detail)
  return new Failure('broken', 'The server could not finish the answer.', detail)
}

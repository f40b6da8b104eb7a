// What people do with the official client, done to our server. Writes a line of JSON for each check:
// {"name": ..., "error": what went wrong, or null, "seconds": what it took}. The last line has the name "all".
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import OpenAI from 'openai'

const { BASE, CLIP_BASE, KEY, PICTURE } = process.env
const client = new OpenAI({ baseURL: BASE + '/v1', apiKey: KEY, maxRetries: 0, timeout: 60_000 })
const clip = new OpenAI({ baseURL: CLIP_BASE + '/v1', apiKey: KEY, maxRetries: 0, timeout: 60_000 })
const picture = 'data:image/png;base64,' + readFileSync(PICTURE).toString('base64')
const model = 'demo'
const ANSWER = 'The number is 37.'
const aboutThePicture = {
  model,
  temperature: 0,
  messages: [{
    role: 'user',
    content: [
      { type: 'image_url', image_url: { url: picture } },
      { type: 'text', text: 'What number is written?' },
    ],
  }],
}
/// An answer that takes long: a grammar asks for nearly as much as the context holds.
const endless = {
  model,
  stream: true,
  messages: [{ role: 'user', content: 'Count.' }],
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'numbers', schema: { type: 'array', items: { type: 'integer' }, minItems: 900 } },
  },
}
const shape = {
  type: 'object',
  properties: {
    colour: { type: 'string', enum: ['red', 'green', 'blue'] },
    count: { type: 'integer', minimum: 0, maximum: 20 },
    tags: { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
  },
  required: ['colour', 'count', 'tags'],
  additionalProperties: false,
}

const checks = {
  'models: listed and one by one': async () => {
    const listed = []
    for await (const one of client.models.list()) listed.push(one)
    assert.equal(listed.length, 1)
    assert.deepEqual(await client.models.retrieve(model), listed[0])
    assert.equal(listed[0].id, model)
    assert.equal(listed[0].object, 'model')
  },

  'chat: a picture, one whole answer, usage with the picture': async () => {
    const answer = await client.chat.completions.create(aboutThePicture)
    assert.equal(answer.object, 'chat.completion')
    assert.match(answer.id, /^chatcmpl-/)
    assert.equal(answer.model, model)
    assert.deepEqual(answer.choices[0].message, { role: 'assistant', content: ANSWER, refusal: null })
    assert.equal(answer.choices[0].finish_reason, 'stop')
    assert.equal(answer.usage.prompt_tokens_details.image_tokens, 64)
    assert.ok(answer.usage.prompt_tokens > 64)
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
    assert.ok(Math.abs(answer.created - Date.now() / 1000) < 600)
    assert.match(answer._request_id, /^req-/)
  },

  'chat: the same answer as a stream, with usage at its end': async () => {
    const stream = await client.chat.completions.create(
      { ...aboutThePicture, stream: true, stream_options: { include_usage: true } })
    let text = ''
    let pieces = 0
    let finish = null
    let usage = null
    const ids = new Set()
    for await (const chunk of stream) {
      assert.equal(chunk.object, 'chat.completion.chunk')
      ids.add(chunk.id)
      if (!chunk.choices.length) {
        usage = chunk.usage
        continue
      }
      assert.equal(usage, null, 'usage comes last')
      assert.equal(chunk.usage, null)
      const [choice] = chunk.choices
      text += choice.delta.content ?? ''
      if (choice.delta.content) pieces++
      finish = choice.finish_reason ?? finish
    }
    assert.equal(text, ANSWER)
    assert.ok(pieces > 2, pieces + ' pieces')
    assert.equal(finish, 'stop')
    assert.equal(ids.size, 1)
    assert.equal(usage.prompt_tokens_details.image_tokens, 64)
    assert.ok(usage.completion_tokens >= pieces)
  },

  'chat: the helper for streams': async () => {
    const runner = client.chat.completions.stream(
      { ...aboutThePicture, stream_options: { include_usage: true } })
    let heard = ''
    runner.on('content', delta => { heard += delta })
    const completion = await runner.finalChatCompletion()
    assert.equal(heard, ANSWER)
    assert.equal(await runner.finalContent(), ANSWER)
    assert.equal(completion.choices[0].finish_reason, 'stop')
    assert.ok((await runner.totalUsage()).prompt_tokens > 64)
  },

  'chat: system message and earlier turns': async () => {
    const answer = await client.chat.completions.create({
      model,
      max_tokens: 4,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello.' },
        { role: 'assistant', content: 'Hello!' },
        { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
      ],
    })
    assert.ok(answer.usage.completion_tokens <= 4)
  },

  'chat: max_completion_tokens ends the answer with length': async () => {
    const answer = await client.chat.completions.create({ ...aboutThePicture, max_completion_tokens: 2 })
    assert.equal(answer.choices[0].message.content, 'The number')
    assert.equal(answer.choices[0].finish_reason, 'length')
    assert.equal(answer.usage.completion_tokens, 2)
  },

  'chat: stop ends the answer before it': async () => {
    const answer = await client.chat.completions.create({ ...aboutThePicture, stop: [' is'] })
    assert.equal(answer.choices[0].message.content, 'The number')
    assert.equal(answer.choices[0].finish_reason, 'stop')
  },

  'chat: the same seed draws the same words': async () => {
    const draw = async seed => (await client.chat.completions.create(
      { model, seed, temperature: 2, max_tokens: 8, messages: [{ role: 'user', content: 'Hello' }] }))
      .choices[0].message.content
    const first = await draw(7)
    assert.equal(await draw(7), first)
    const others = []
    for (const seed of [1, 2]) others.push(await draw(seed))
    assert.ok(others.some(other => other !== first))
  },

  'chat: logprobs with the best others': async () => {
    const answer = await client.chat.completions.create({ ...aboutThePicture, logprobs: true, top_logprobs: 3 })
    const { content } = answer.choices[0].logprobs
    assert.equal(content.map(token => token.token).join('').trimStart(), ANSWER)
    for (const token of content) {
      assert.ok(token.logprob <= 0)
      assert.deepEqual(Buffer.from(token.bytes).toString(), token.token)
      assert.equal(token.top_logprobs.length, 3)
      assert.equal(token.top_logprobs[0].token, token.token)
      assert.equal(token.top_logprobs[0].logprob, token.logprob)
      assert.ok(token.top_logprobs.reduce((sum, one) => sum + Math.exp(one.logprob), 0) < 1.001)
    }
  },

  'chat: json_schema, read by the helper parse': async () => {
    const answer = await client.chat.completions.parse({
      model,
      seed: 1,
      temperature: 1.5,
      messages: [{ role: 'user', content: 'Describe the image.' }],
      response_format: { type: 'json_schema', json_schema: { name: 'scene', strict: true, schema: shape } },
    })
    assert.equal(answer.choices[0].finish_reason, 'stop')
    const { parsed } = answer.choices[0].message
    assert.deepEqual(Object.keys(parsed).sort(), ['colour', 'count', 'tags'])
    assert.ok(['red', 'green', 'blue'].includes(parsed.colour))
    assert.ok(Number.isInteger(parsed.count) && parsed.count >= 0 && parsed.count <= 20)
    assert.ok(parsed.tags.length >= 1 && parsed.tags.length <= 3)
    assert.ok(parsed.tags.every(tag => typeof tag === 'boolean'))
  },

  'chat: json_object is an object, streamed': async () => {
    const stream = await client.chat.completions.create({
      model,
      stream: true,
      temperature: 1,
      seed: 5,
      max_tokens: 200,
      messages: [{ role: 'user', content: 'What is in the picture?' }],
      response_format: { type: 'json_object' },
    })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    const value = JSON.parse(text)
    assert.ok(value !== null && typeof value === 'object' && !Array.isArray(value), text)
  },

  'completions: whole and streamed': async () => {
    const request = { model, prompt: 'The image shows', max_tokens: 6, temperature: 0 }
    const whole = await client.completions.create(request)
    assert.equal(whole.object, 'text_completion')
    let text = ''
    for await (const chunk of await client.completions.create({ ...request, stream: true })) {
      text += chunk.choices[0]?.text ?? ''
    }
    assert.equal(text, whole.choices[0].text)
    assert.ok(text.length > 0)
  },

  'abort: the work ends, and the server is free': async () => {
    const controller = new AbortController()
    const stream = await client.chat.completions.create(endless, { signal: controller.signal })
    let pieces = 0
    for await (const _ of stream) {
      if (++pieces === 5) {
        assert.equal(await metric('peregrine_requests_running'), 1)
        controller.abort()
      }
    }
    assert.ok(pieces < 100, pieces + ' pieces')
    await free()
  },

  'abort: before the first word of a whole answer': async () => {
    const controller = new AbortController()
    const asked = client.chat.completions.create({ ...endless, stream: false }, { signal: controller.signal })
    const outcome = asked.then(() => null, error => error)
    await until(async () => await metric('peregrine_requests_running') === 1)
    controller.abort()
    assert.ok(await outcome instanceof OpenAI.APIUserAbortError)
    await free()
  },

  'break: leaving the loop ends the work, too': async () => {
    for await (const _ of await client.chat.completions.create(endless)) break
    await free()
  },

  'BadRequestError names the field': async () => {
    for (const [fields, param] of [
      [{ temperature: 3 }, 'temperature'],
      [{ n: 2 }, 'n'],
      [{ max_tokens: -1 }, 'max_tokens'],
      [{ colour: 'red' }, 'colour'],
      [{ messages: [] }, 'messages'],
      [{ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }] },
        'messages[0].content[0].image_url.url'],
    ]) {
      const error = await caught(client.chat.completions.create({ ...aboutThePicture, ...fields }))
      assert.ok(error instanceof OpenAI.BadRequestError, String(error))
      assert.equal(error.status, 400)
      assert.equal(error.type, 'invalid_request_error')
      assert.equal(error.param, param, error.message)
    }
  },

  'BadRequestError: a conversation that does not fit': async () => {
    const error = await caught(client.chat.completions.create(
      { model, messages: [{ role: 'user', content: 'word '.repeat(20_000) }] }))
    assert.ok(error instanceof OpenAI.BadRequestError, String(error))
    assert.equal(error.code, 'context_length_exceeded')
  },

  'AuthenticationError without the key': async () => {
    for (const apiKey of ['wrong', KEY.slice(0, -1)]) {
      const stranger = new OpenAI({ baseURL: BASE + '/v1', apiKey, maxRetries: 0 })
      const error = await caught(stranger.models.list())
      assert.ok(error instanceof OpenAI.AuthenticationError, String(error))
      assert.equal(error.code, 'invalid_api_key')
    }
  },

  'NotFoundError for a model that is not there': async () => {
    for (const asked of [client.models.retrieve('none'), client.chat.completions.create({ ...aboutThePicture, model: 'none' })]) {
      const error = await caught(asked)
      assert.ok(error instanceof OpenAI.NotFoundError, String(error))
    }
  },

  'a full queue is 503, and the client tries again': async () => {
    const controller = new AbortController()
    const held = []
    for (let i = 0; i < 3; i++) held.push(ignored(client.chat.completions.create(endless, { signal: controller.signal })))
    await until(async () => await metric('peregrine_requests_waiting') === 1)
    const error = await caught(client.chat.completions.create(aboutThePicture))
    assert.ok(error instanceof OpenAI.InternalServerError, String(error))
    assert.equal(error.status, 503)
    assert.ok(Number(error.headers.get('retry-after')) >= 1)
    const asked = client.chat.completions.create(aboutThePicture, { maxRetries: 4 })
    setTimeout(() => controller.abort(), 200)
    assert.equal((await asked).choices[0].message.content, ANSWER)
    assert.deepEqual(await Promise.all(held), [null, null, null])
    await free()
  },

  'embeddings: texts and a picture, as floats and as base64': async () => {
    const { id } = (await clip.models.list()).data[0]
    const plain = await clip.embeddings.create({ model: id, input: ['a cat', 'a dog'], encoding_format: 'float' })
    const packed = await clip.embeddings.create({ model: id, input: ['a cat', 'a dog'] })
    assert.equal(plain.data.length, 2)
    for (const [i, { embedding, index }] of plain.data.entries()) {
      assert.equal(index, i)
      assert.deepEqual(Array.from(Float32Array.from(embedding)), Array.from(packed.data[i].embedding))
      assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-3)
    }
    const seen = await clip.embeddings.create({ model: id, input: [{ type: 'image_url', image_url: { url: picture } }] })
    assert.equal(seen.data[0].embedding.length, plain.data[0].embedding.length)
    const error = await caught(client.embeddings.create({ model, input: 'a cat' }))
    assert.ok(error instanceof OpenAI.BadRequestError, String(error))
  },
}

async function caught(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.fail('no error')
}

/// Reads a stream to its end, or to its abort; what else went wrong is the result.
async function ignored(promise) {
  try {
    for await (const _ of await promise) {
      // not looked at
    }
  } catch (error) {
    if (!(error instanceof OpenAI.APIUserAbortError)) return error
  }
  return null
}

async function metric(name) {
  const text = await (await fetch(BASE + '/metrics', { headers: { Authorization: 'Bearer ' + KEY } })).text()
  const line = text.split('\n').find(one => one.startsWith(name + ' '))
  assert.ok(line, name + ' is not in\n' + text)
  return Number(line.slice(name.length + 1))
}

function free() {
  return until(async () => await metric('peregrine_requests_running') === 0 && await metric('peregrine_requests_waiting') === 0)
}

async function until(condition) {
  const end = Date.now() + 10_000
  while (!await condition()) {
    assert.ok(Date.now() < end, 'in time: ' + condition)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

for (const [name, check] of Object.entries(checks)) {
  let error = null
  const began = performance.now()
  try {
    await check()
  } catch (thrown) {
    error = String(thrown.stack ?? thrown)
  }
  const seconds = Number(((performance.now() - began) / 1000).toFixed(2))
  console.log(JSON.stringify({ name, error, seconds }))
}
console.log(JSON.stringify({ name: 'all', error: null }))

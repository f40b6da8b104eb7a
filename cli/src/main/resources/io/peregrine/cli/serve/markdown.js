/// A small part of Markdown as elements: paragraphs, headings, lists, code, tables as they are typed. Text reaches the
/// page only through text nodes, so nothing in an answer can become markup. Linear in the length of the text.

/// Shows `text` in `target`; blocks that did not change since the last call stay the elements they are.
export function render(target, text) {
  const fresh = document.createDocumentFragment()
  let old = target.firstElementChild
  for (const block of blocks(text)) {
    const next = old?.nextElementSibling
    if (old?.source !== block.source) {
      const made = element(block)
      made.source = block.source
      if (old) old.replaceWith(made)
      else fresh.append(made)
    }
    old = next
  }
  while (old) {
    const next = old.nextElementSibling
    old.remove()
    old = next
  }
  target.append(fresh)
}

const FENCE = /^ {0,3}(```+|~~~+)/
const HEADING = /^ {0,3}(#{1,6}) +(.*)/
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)]) +(.*)/
const TABLE = /^ *\|/

/// The blocks of a text: { kind, lines, source }, `source` telling apart blocks that look different.
function blocks(text) {
  const lines = text.split('\n')
  const found = []
  for (let i = 0; i < lines.length;) {
    const first = lines[i]
    const fence = FENCE.exec(first)
    let kind = 'p'
    let end = i + 1
    if (fence) {
      kind = 'code'
      while (end < lines.length && !lines[end].trimStart().startsWith(fence[1])) end++
      found.push(block(kind, lines.slice(i + 1, end)))
      i = end + 1
      continue
    }
    if (!first.trim()) {
      i++
      continue
    }
    if (HEADING.test(first)) kind = 'h'
    else if (ITEM.test(first)) {
      kind = 'list'
      while (end < lines.length && lines[end].trim() && !FENCE.test(lines[end])) end++
    } else if (TABLE.test(first)) {
      kind = 'table'
      while (end < lines.length && TABLE.test(lines[end])) end++
    } else {
      while (end < lines.length && lines[end].trim() && !starts(lines[end])) end++
    }
    found.push(block(kind, lines.slice(i, end)))
    i = end
  }
  return found
}

function block(kind, lines) {
  return { kind, lines, source: kind + '\n' + lines.join('\n') }
}

function starts(line) {
  return FENCE.test(line) || HEADING.test(line) || ITEM.test(line) || TABLE.test(line)
}

function element({ kind, lines }) {
  switch (kind) {
    case 'code':
    case 'table': {
      const pre = document.createElement('pre')
      pre.tabIndex = 0 // may scroll sideways, so the keyboard must get there
      const code = document.createElement('code')
      code.textContent = lines.join('\n')
      pre.append(code)
      return pre
    }
    case 'h': {
      const [, marks, title] = HEADING.exec(lines[0])
      return inline(document.createElement('h' + Math.min(6, marks.length + 2)), title)
    }
    case 'list':
      return list(lines)
    default:
      return inline(document.createElement('p'), lines.join('\n'))
  }
}

/// Lists in lists by indentation; a line that is no item goes on with the item before it.
function list(lines) {
  let open = []
  let item
  for (const line of lines) {
    const match = ITEM.exec(line)
    if (!match) {
      inline(item, '\n' + line.trim())
      continue
    }
    const indent = match[1].length
    while (open.length > 1 && open.at(-1).indent > indent) open.pop()
    if (!open.length || (indent >= open.at(-1).indent + 2 && open.length < 8)) {
      const made = document.createElement(match[2] ? 'ol' : 'ul')
      if (match[2] > 1) made.start = Number(match[2])
      if (item) item.append(made)
      open.push({ made, indent })
    }
    item = inline(document.createElement('li'), match[3])
    open.at(-1).made.append(item)
  }
  return open[0].made
}

/// Appends words with `code`, **strong** and *emphasised* parts.
function inline(parent, text) {
  let from = 0
  for (const match of text.matchAll(/`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*/g)) {
    parent.append(text.slice(from, match.index))
    const made = document.createElement(match[1] ? 'code' : match[2] ? 'strong' : 'em')
    made.textContent = match[1] ?? match[2] ?? match[3]
    parent.append(made)
    from = match.index + match[0].length
  }
  parent.append(text.slice(from))
  return parent
}

/// Pictures on their way into a question: PNG and JPEG go as they are, byte for byte, as long as they are not huge;
/// what is larger, or of another format, is redrawn by the browser, and its `note` says so.

const MAX_BYTES = 6 * 1024 * 1024
const MAX_SIDE = 8192
const REDRAWN_SIDE = 3072
const LOSSLESS_PIXELS = 2e6

/// { name, blob, width, height, note } of a file; throws an Error with words for the reader.
export async function prepare(file) {
  const name = file.name || 'picture'
  let bytes
  let bitmap
  try {
    bytes = await file.arrayBuffer() // the file may change or vanish later
    bitmap = await createImageBitmap(new Blob([bytes]))
  } catch {
    throw new Error(`${name} is not a picture that this browser can read. Photos and screenshots as JPEG or PNG work.`)
  }
  const type = pictureType(new Uint8Array(bytes, 0, Math.min(8, bytes.byteLength)))
  try {
    const { width, height } = bitmap
    if (type && file.size <= MAX_BYTES && Math.max(width, height) <= MAX_SIDE) {
      return { name, blob: new Blob([bytes], { type }), width, height, note: '' }
    }
    return await redrawn(name, file, bitmap, type)
  } finally {
    bitmap.close()
  }
}

/// The picture as a data URI, as requests carry it.
export function dataUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}

function pictureType(head) {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg'
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((b, i) => head[i] === b) ? 'image/png' : null
}

async function redrawn(name, file, bitmap, type) {
  const scale = Math.min(1, REDRAWN_SIDE / Math.max(bitmap.width, bitmap.height))
  const width = Math.max(1, Math.round(bitmap.width * scale))
  const height = Math.max(1, Math.round(bitmap.height * scale))
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  const lossless = type !== 'image/jpeg' && width * height <= LOSSLESS_PIXELS
  if (!lossless) {
    pen.fillStyle = '#fff' // JPEG has no transparency
    pen.fillRect(0, 0, width, height)
  }
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(bitmap, 0, 0, width, height)
  const blob = await new Promise(resolve => canvas.toBlob(resolve, lossless ? 'image/png' : 'image/jpeg', 0.92))
  if (!blob) throw new Error(`${name} is too large for this browser to make smaller.`)
  const format = lossless ? 'PNG' : 'JPEG'
  const note = scale < 1
    ? `made smaller for sending: ${width} × ${height} instead of ${bitmap.width} × ${bitmap.height} pixels`
    : `sent as ${format}, ${megabytes(blob.size)} instead of ${megabytes(file.size)}`
  return { name, blob, width, height, note }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1) + ' MB'
}

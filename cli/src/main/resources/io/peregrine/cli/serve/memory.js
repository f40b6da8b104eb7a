/// Keeps this tab's conversation over a reload, in the browser's own storage. Conversations of tabs that are gone are
/// removed after a day. Without storage (some private windows) everything works, but a reload begins anew.

const DAY = 24 * 3600 * 1000
const STORE = 'conversations'

/// What was kept for this tab, or undefined.
export async function recall() {
  try {
    const store = await transaction('readonly')
    return (await result(store.get(tab())))?.kept
  } catch {
    return undefined
  }
}

/// Keeps a value that can be cloned; false if the browser has no room or no storage.
export async function keep(kept) {
  try {
    const store = await transaction('readwrite')
    const now = Date.now()
    for (const { tab: other, saved } of await result(store.getAll())) {
      if (now - saved > DAY) store.delete(other)
    }
    await result(store.put({ tab: tab(), saved: now, kept }))
    return true
  } catch {
    return false
  }
}

/// The name of this tab, the same after a reload.
function tab() {
  let name = sessionStorage.getItem('tab')
  if (!name) {
    name = Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(36)).join('-')
    sessionStorage.setItem('tab', name)
  }
  return name
}

async function transaction(mode) {
  const opening = indexedDB.open('peregrine', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'tab' })
  const database = await result(opening)
  const running = database.transaction(STORE, mode)
  running.oncomplete = running.onabort = () => database.close()
  return running.objectStore(STORE)
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

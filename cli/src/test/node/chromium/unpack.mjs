// Unpacks the browser of the package into TMPDIR, where it is not there yet, and tells it where its font is: without
// any font it hangs.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'

await chromium.executablePath()
const fonts = join(tmpdir(), 'fonts')
writeFileSync(join(fonts, 'fonts.conf'),
  `<?xml version="1.0"?><fontconfig><dir>${fonts}</dir><cachedir>${fonts}</cachedir></fontconfig>`)

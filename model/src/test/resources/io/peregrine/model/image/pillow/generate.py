"""Makes the pictures of this folder and what Pillow reads from them.

Run in this folder with Pillow and NumPy: python3 generate.py
Made with Pillow 12.3.0 (libjpeg-turbo 3.1.4.1), NumPy 2.4.6. FILE.rgb is Image.open(FILE).convert("RGB") as bytes,
[height, width, 3]; FILE.white.rgb is the picture pasted on white with its alpha as the mask. resize.txt has the
SHA-256 of resized pictures; their source is made by `noise` below, which ResizeTest repeats.
"""
import hashlib
import struct
import zlib

import numpy as np
from PIL import Image

W, H = 37, 29
manifest = []


def picture(channels, seed=1):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:H, 0:W]
    planes = [np.sin(x / 7 + i) * 60 + np.cos(y / (5 + i)) * 60 + 128 + rng.normal(0, 10, (H, W)) for i in range(channels)]
    a = np.stack(planes, -1)
    a[H // 3:H // 2, W // 4:W // 2] = [250, 5, 30, 90][:channels]
    return np.clip(a, 0, 255).astype(np.uint8)


def note(name):
    image = Image.open(name)
    image.load()
    rgb = image.convert("RGB")
    open(name + ".rgb", "wb").write(rgb.tobytes())
    white = "-"
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
        rgba = image.convert("RGBA")
        canvas = Image.new("RGB", image.size, (255, 255, 255))
        canvas.paste(rgba, mask=rgba.getchannel("A"))
        open(name + ".white.rgb", "wb").write(canvas.tobytes())
        white = "white"
    manifest.append(f"{name} {image.width} {image.height} {white}")


def save(image, name, **options):
    image.save(name, **options)
    note(name)


def png(name, depth, colour, rows, *chunks):
    """A PNG that Pillow does not write by itself: rows are bytes, chunks go before the data."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b"".join(b"\0" + bytes(r) for r in rows)
    header = struct.pack(">IIBBBBB", W, H, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *[chunk(k, d) for k, d in chunks], chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


colour = Image.fromarray(picture(3))
grey = colour.convert("L")

for quality, sampling, progressive in ((85, 0, False), (80, 1, True), (75, 2, False), (90, 2, True)):
    save(colour, f"s{sampling}{'p' if progressive else 'b'}.jpg", quality=quality, subsampling=sampling, progressive=progressive)
save(grey, "grey.jpg", quality=80)
save(colour, "restart.jpg", quality=90, restart_marker_blocks=2)
save(colour, "rgb.jpg", quality=90, keep_rgb=True)
save(Image.fromarray(picture(4), "CMYK"), "cmyk.jpg", quality=90)
data = bytearray(open("cmyk.jpg", "rb").read())
data[data.index(b"Adobe") + 11] = 2  # the same samples, declared to be YCCK
open("ycck.jpg", "wb").write(data)
note("ycck.jpg")


def without(name, source, marker):
    """The same file without the segments of one marker."""
    data, at = open(source, "rb").read(), 2
    kept = data[:2]
    while data[at + 1] != 0xDA:
        size = 2 + int.from_bytes(data[at + 2:at + 4], "big")
        kept += b"" if data[at + 1] == marker else data[at:at + size]
        at += size
    open(name, "wb").write(kept + data[at:])
    note(name)


without("cmykplain.jpg", "cmyk.jpg", 0xEE)
without("letters.jpg", "rgb.jpg", 0xEE)
without("bare.jpg", "s2b.jpg", 0xE0)
save(colour, "profile.jpg", quality=85, icc_profile=b"no profile at all" * 10)

save(colour, "rgb.png")
save(grey, "grey.png")
save(grey.convert("1"), "one.png")
save(colour.quantize(256), "p8.png")
save(colour.quantize(16), "p4.png")
save(colour.quantize(3), "p2.png")
p = colour.quantize(20)
save(p, "p8alpha.png", transparency=bytes(range(0, 255, 13))[:20])
rgba = Image.fromarray(picture(4))
save(rgba, "rgba.png")
save(Image.merge("LA", (grey, rgba.getchannel("A"))), "la.png")
save(colour, "rgbkey.png", transparency=(250, 5, 30))
save(grey, "greykey.png", transparency=int(np.asarray(grey)[H // 3, W // 4]))
wide = picture(3).astype(np.uint16) * 257 + np.arange(H * W * 3, dtype=np.uint16).reshape(H, W, 3) % 251
png("rgb16.png", 16, 2, [r.astype(">u2").tobytes() for r in wide])
note("rgb16.png")
alpha16 = np.concatenate([wide, picture(4)[:, :, 3:].astype(np.uint16) * 256 + 77], -1)
png("rgba16.png", 16, 6, [r.astype(">u2").tobytes() for r in alpha16])
note("rgba16.png")
png("gamma.png", 8, 2, [r.tobytes() for r in picture(3)], (b"gAMA", struct.pack(">I", 20000)))
note("gamma.png")
for depth in (2, 4):
    level = np.asarray(grey) >> (8 - depth)
    per = 8 // depth
    padded = np.zeros((H, -(-W // per) * per), np.uint8)
    padded[:, :W] = level
    packed = sum(padded[:, i::per] << (8 - depth * (i + 1)) for i in range(per)).astype(np.uint8)
    png(f"grey{depth}.png", depth, 0, [r.tobytes() for r in packed])
    note(f"grey{depth}.png")
# Pillow clips 16-bit grey at 255 when it converts; this is the rule it has for 16-bit colour instead.
png("grey16.png", 16, 0, [r.astype(">u2").tobytes() for r in wide[:, :, 0]])
open("grey16.png.rgb", "wb").write(np.repeat((wide[:, :, :1] >> 8).astype(np.uint8), 3, -1).tobytes())
manifest.append(f"grey16.png {W} {H} -")

save(colour, "rgb.bmp")
save(grey, "grey.bmp")
save(grey.convert("1"), "one.bmp")
save(colour.quantize(100), "p8.bmp")
save(colour.convert("RGBA"), "rgba.bmp")

save(colour.quantize(64), "p.gif")
save(grey, "grey.gif")
save(colour.quantize(64), "interlaced.gif", interlace=1)
save(p, "transparent.gif", transparency=3)
frames = [Image.fromarray(picture(3, s)).quantize(32) for s in (1, 2, 3)]
save(frames[0], "animated.gif", save_all=True, append_images=frames[1:], duration=50)

open("manifest.txt", "w").write("\n".join(manifest) + "\n")


def noise(width, height):
    state, out = 12345, bytearray()
    for _ in range(width * height * 3):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 0xFF)
    return Image.frombytes("RGB", (width, height), bytes(out))


def resize(image, size, kind):
    """Rows first, always: Image.resize of 12.3 and later begins with the columns when a picture is more than 100
    times as high as wide, older versions, with which models were trained, do not."""
    return image.im.resize(size, kind, (0, 0, *image.size)) if image.size != size else image.im


def digest(core):
    return hashlib.sha256(Image.Image()._new(core).tobytes()).hexdigest()


filters = {"NEAREST": Image.Resampling.NEAREST, "BOX": Image.Resampling.BOX, "BILINEAR": Image.Resampling.BILINEAR,
           "BICUBIC": Image.Resampling.BICUBIC, "LANCZOS": Image.Resampling.LANCZOS}
lines = []
for source, targets in {
    (61, 47): [(61, 47), (20, 15), (61, 20), (20, 47), (100, 90), (7, 130), (1, 1), (60, 48), (200, 3), (336, 336)],
    (1, 1): [(5, 4)], (2, 300): [(3, 7), (300, 2)], (640, 427): [(336, 336), (224, 224), (503, 336), (1, 427)],
}.items():
    image = noise(*source)
    for width, height in targets:
        for name, kind in filters.items():
            sha = digest(resize(image, (width, height), kind))
            lines.append(f"{source[0]} {source[1]} {width} {height} {name} {sha}")
# The same with a padded square, as LLaVA does it.
for source in ((61, 47), (47, 62), (300, 2)):
    image = noise(*source)
    side = max(source)
    square = Image.new("RGB", (side, side), (122, 116, 104))
    square.paste(image, ((side - source[0]) // 2, (side - source[1]) // 2))
    for target in (20, side, 100):
        for name, kind in filters.items():
            sha = digest(resize(square, (target, target), kind))
            lines.append(f"{source[0]} {source[1]} {target} pad {name} {sha}")
open("resize.txt", "w").write("\n".join(lines) + "\n")

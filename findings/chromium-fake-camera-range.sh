#!/usr/bin/env bash
# Chromium's fake camera cuts the shadows and lights of every MJPEG or full-range recording
#
# Versions: Debian 12's chromium and ffmpeg, npm playwright-core 1.65.1 to drive it.
# Why it matters: the browser tests of the face check play recordings as a camera. Gates on brightness, contrast and
#   texture (prints, screens) are judged, and thresholds chosen, on what this camera shows.
# Guess: JPEG is full range by JFIF, Y4M says XCOLORRANGE=FULL in its header; the picture on the canvas has the grays
#   of the file, as an <img> of the same frame has.
# Seen: luma 0, 8 and 16 all become 0, and 235 and 255 both 255; 64 becomes about 56 and 200 about 214. The samples
#   of the frame (MediaStreamTrackProcessor) are the file's, but its colour space is null, so the renderer takes
#   limited range. The header of the Y4M makes no difference. The same JPEG in an <img> shows 16 as 16.
#   So a face in the shade loses its shade in the tests alone, and contrast is 17 % too high.
# Source: ITU-R BT.601 limited range against JFIF; run here.
# What to do: bring recordings to limited range first (ffmpeg scale=out_range=tv into Y4M), and test with a gray
#   wedge that what the page sees is what the file holds.
set -euo pipefail
changed() { echo "chromium-fake-camera-range: changed: $*" >&2; exit 1; }
for p in chromium ffmpeg; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
cat >make.js <<'JS'
const fs = require('fs');
const grays = [0, 8, 16, 64, 128, 200, 235, 255], w = 640, h = 480;
const frame = Buffer.alloc(w * h * 3 / 2, 128);
for (let i = 0; i < w * h; i++) frame[i] = grays[Math.floor((i % w) / (w / 8))];
const y4m = (name, range) => fs.writeFileSync(name, Buffer.concat([
  Buffer.from(`YUV4MPEG2 W${w} H${h} F30:1 Ip A1:1 C420jpeg XCOLORRANGE=${range}\n`),
  ...Array(30).fill([Buffer.from('FRAME\n'), frame]).flat()]));
y4m('full.y4m', 'FULL');
y4m('limited.y4m', 'LIMITED');
JS
node make.js
nice ffmpeg -v error -i full.y4m -pix_fmt yuvj420p -q:v 2 -f mjpeg frames.mjpeg
nice ffmpeg -v error -i full.y4m -frames:v 1 -pix_fmt yuvj420p -q:v 2 -f image2 still.jpg
nice ffmpeg -v error -i full.y4m -vf scale=in_range=pc:out_range=tv -pix_fmt yuv420p mended.y4m
cat >play.js <<'JS'
const {chromium} = require('playwright-core');
const http = require('http'), fs = require('fs');
(async () => {
  const server = http.createServer((q, r) => {
    if (q.url === '/still.jpg') { r.setHeader('content-type', 'image/jpeg'); return r.end(fs.readFileSync('still.jpg')); }
    r.setHeader('content-type', 'text/html');
    r.end('<video id=v autoplay muted playsinline></video>');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const address = 'http://localhost:' + server.address().port;
  for (const file of ['full.y4m', 'limited.y4m', 'frames.mjpeg', 'mended.y4m']) {
    const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox',
      '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--use-file-for-fake-video-capture=' + file]});
    const page = await browser.newPage();
    await page.goto(address);
    const seen = await page.evaluate(async () => {
      const grays = (source, w, h) => {
        const canvas = Object.assign(document.createElement('canvas'), {width: w, height: h});
        const context = canvas.getContext('2d');
        context.drawImage(source, 0, 0);
        return [...Array(8).keys()].map((i) => context.getImageData(Math.floor(w * (i + 0.5) / 8), h / 2, 1, 1).data[1]);
      };
      const stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
      v.srcObject = stream;
      await new Promise((done) => v.requestVideoFrameCallback(done));
      await new Promise((done) => v.requestVideoFrameCallback(done));
      const still = new Image();
      still.src = '/still.jpg';
      await still.decode();
      return {camera: grays(v, 640, 480), still: grays(still, 640, 480)};
    });
    console.log(file, seen.camera.join(' '));
    if (file === 'frames.mjpeg') console.log('still.jpg', seen.still.join(' '));
    await browser.close();
  }
  server.close();
})();
JS
out=$(nice timeout 300 node play.js)
echo "$(dpkg-query -W chromium ffmpeg | tr '\t\n' '  '); playwright-core 1.65.1; the file has luma 0 8 16 64 128 200 235 255"
echo "$out"
near() { # FILE, then the eight grays expected, each within 4
	local file=$1 i d got want
	shift
	want=("$@")
	read -r -a got <<<"$(sed -n "s/^$file //p" <<<"$out")"
	[ ${#got[@]} -eq 8 ] || changed "$file shows nothing"
	for i in "${!want[@]}"; do
		d=$((got[i] - want[i]))
		[ "${d#-}" -le 4 ] || changed "$file shows ${got[*]}"
	done
}
for f in full.y4m limited.y4m frames.mjpeg; do near $f 0 0 0 56 130 214 255 255; done
near still.jpg 0 8 16 64 128 200 235 255
near mended.y4m 0 8 16 64 128 200 235 255

#!/usr/bin/env bash
# Ask Chromium for 480x640 of a camera of 640x480: it cuts a quarter of the picture off and gives 480x480
#
# Versions: Debian 12's chromium and ffmpeg, npm playwright-core 1.65.1 to drive it.
# Why it matters: a face check wants an upright frame, so it asks for width 480 and height 640, as ideal and not exact,
#   and a notebook's camera lies. What is cut off is a second person beside, a mask's edge, the frame of a screen held
#   up.
# Guess: "ideal" chooses among the camera's own modes the nearest; what comes is the camera's whole view, upright or
#   lying.
# Seen: a film with four coloured corners as camera. 480x640 gives 480x480, neither asked for nor the camera's, and
#   aspectRatio 0.75 gives 360x480; the corners are not in the picture. It is cut, not scaled: what is left has the size
#   it had. 640x640 gives 640x480, whole. 320x320 gives 320x320, cut and scaled. 1280x720 gives all of 640x480. Nothing
#   fails and nothing warns; the track's settings have the new size, and say crop-and-scale to who looks. With
#   resizeMode "none" as an ideal too the whole picture comes. A test that asks for what the camera has, 640x480, is
#   green.
# Source: W3C Media Capture and Streams (resizeMode, crop-and-scale); run here.
# What to do: resizeMode: {ideal: 'none'} with each request, cut and scale oneself; refuse a track whose settings say
#   crop-and-scale; a test with marked corners.
set -euo pipefail
changed() { echo "chromium-portrait-camera: changed: $*" >&2; exit 1; }
for p in chromium ffmpeg; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
ffmpeg -v error -f lavfi -i color=gray:s=640x480:r=15:d=2 -vf "drawbox=0:0:60:60:red:fill,drawbox=580:0:60:60:lime:fill,
	drawbox=0:420:60:60:blue:fill,drawbox=580:420:60:60:yellow:fill,drawbox=270:190:100:100:white:fill" -pix_fmt yuv420p camera.y4m
cat >ask.mjs <<'JS'
import http from 'http';
import path from 'path';
import {chromium} from 'playwright-core';
const server = http.createServer((_, answer) => {
  answer.setHeader('content-type', 'text/html');
  answer.end('<video muted autoplay playsinline></video>');
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox',
  '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--use-file-for-fake-video-capture=' + path.resolve('camera.y4m')]});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const size = (width, height) => ({width: {ideal: width}, height: {ideal: height}});
for (const wish of [size(640, 480), size(480, 640), {aspectRatio: {ideal: 0.75}}, size(640, 640), size(320, 320), size(1280, 720),
  {...size(480, 640), resizeMode: {ideal: 'none'}}]) {
  const name = Object.values(wish).map(value => value.ideal).join(' ');
  console.log(`${name}: ` + await page.evaluate(async wish => {
    const stream = await navigator.mediaDevices.getUserMedia({video: wish}), [track] = stream.getVideoTracks();
    const video = document.querySelector('video'); video.srcObject = stream;
    for (let frames = 0; frames < 4; frames++) await new Promise(seen => video.requestVideoFrameCallback(seen));
    const {videoWidth: w, videoHeight: h} = video, pen = new OffscreenCanvas(w, h).getContext('2d');
    pen.drawImage(video, 0, 0);
    const at = (x, y) => [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
    const corners = [[5, 5], [w - 6, 5], [5, h - 6], [w - 6, h - 6]]
      .filter(([x, y]) => { const c = at(x, y); return Math.max(...c) - Math.min(...c) > 200; }).length;
    const white = Array.from({length: w}, (_, x) => Math.min(...at(x, h / 2)) > 200).filter(Boolean).length;
    const {resizeMode} = track.getSettings();
    track.stop();
    return `${w}x${h}, corners ${corners}, middle ${Math.round(white / 10) * 10} wide, ${resizeMode}`;
  }, wish));
}
await browser.close();
server.close();
JS
out=$(nice timeout 200 node ask.mjs)
echo "$(dpkg-query -W chromium ffmpeg | tr '\t\n' '  '), playwright-core 1.65.1; the camera has 640x480, its middle is 100 wide"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has '480 640: 480x480, corners 0, middle 100 wide, crop-and-scale'
has '0.75: 360x480, corners 0, middle 100 wide, crop-and-scale'
has '320 320: 320x320, corners 0, middle 70 wide, crop-and-scale'
for whole in '640 480' '640 640' '1280 720' '480 640 none'; do has "$whole: 640x480, corners 4, middle 100 wide, none"; done

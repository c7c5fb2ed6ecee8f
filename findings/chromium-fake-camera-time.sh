#!/usr/bin/env bash
# Chromium's fake camera plays MJPEG at 30 frames a second whatever it was, and shows a Y4M's first frame twice a loop
#
# Versions: Debian 12's chromium and ffmpeg, npm playwright-core 1.65.1 to drive it.
# Why it matters: blinks, turns and the order of actions are judged by their times, and an exact copy of a frame is a
#   sign of a forged recording. The tests play recordings of 8 to 15 frames a second.
# Guess: a recording is played at its own rate and starts anew at its end; a size that it cannot take is an error.
# Seen: an MJPEG made of 15 frames a second runs in half the time (the raw format has no clock, 30 is built in); the same
#   frames as Y4M with F15:1 run rightly. At each seam of a Y4M the first frame comes twice, byte for byte; of an MJPEG
#   it does not. A Y4M of 321 by 241, valid and read by ffmpeg, opens as a camera of that size: getUserMedia
#   succeeds, the track ends without a frame, and nothing is thrown.
# Source: run here (frames read by MediaStreamTrackProcessor).
# What to do: Y4M of even size with the right F for anything that is timed; a recording longer than the attempt, so that
#   no seam falls into it; wait for a first frame, not for getUserMedia.
set -euo pipefail
changed() { echo "chromium-fake-camera-time: changed: $*" >&2; exit 1; }
for p in chromium ffmpeg; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
cat >make.js <<'JS'
const fs = require('fs');
const make = (name, w, h) => {
  const parts = [Buffer.from(`YUV4MPEG2 W${w} H${h} F15:1 Ip A1:1 C420jpeg\n`)];
  for (let i = 0; i < 15; i++) { // each frame is lighter than the one before: 40, 52, ... 208
    parts.push(Buffer.from('FRAME\n'), Buffer.alloc(w * h, 40 + 12 * i),
      Buffer.alloc(2 * Math.ceil(w / 2) * Math.ceil(h / 2), 128));
  }
  fs.writeFileSync(name, Buffer.concat(parts));
};
make('even.y4m', 320, 240);
make('odd.y4m', 321, 241);
JS
node make.js
nice ffmpeg -v error -i even.y4m -q:v 2 -f mjpeg even.mjpeg
nice ffmpeg -v error -i odd.y4m -f null -
cat >play.js <<'JS'
const {chromium} = require('playwright-core');
const http = require('http');
(async () => {
  const server = http.createServer((_, r) => { r.setHeader('content-type', 'text/html'); r.end('<video id=v autoplay muted></video>'); });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const results = {};
  for (const file of ['even.y4m', 'even.mjpeg', 'odd.y4m']) {
    const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox',
      '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--use-file-for-fake-video-capture=' + file]});
    const page = await browser.newPage();
    await page.goto('http://localhost:' + server.address().port);
    results[file] = await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({video: true});
      const [track] = stream.getVideoTracks();
      v.srcObject = stream;
      const lumas = [], limit = new Promise((done) => setTimeout(done, 5000));
      const reader = track.readyState === 'live' && new MediaStreamTrackProcessor({track}).readable.getReader();
      while (reader) {
        const got = await Promise.race([reader.read(), limit]);
        if (!got || got.done) break;
        const bytes = new Uint8Array(got.value.allocationSize());
        await got.value.copyTo(bytes);
        lumas.push(bytes[5000]);
        got.value.close();
      }
      const {width, height, frameRate} = track.getSettings();
      return {lumas, width, height, frameRate};
    });
    await browser.close();
  }
  server.close();
  for (const [file, {lumas, width, height, frameRate}] of Object.entries(results)) {
    let twice = 0, twiceElsewhere = 0, loops = 0;
    for (let i = 1; i < lumas.length; i++) {
      if (lumas[i] < lumas[i - 1] - 20) loops++;
      if (lumas[i] === lumas[i - 1]) { if (lumas[i] <= 40) twice++; else twiceElsewhere++; }
    }
    console.log(file, `${width}x${height}`, 'rate', frameRate, 'frames', lumas.length, 'loops', loops, 'twice', twice, twiceElsewhere);
  }
})();
JS
out=$(nice timeout 300 node play.js)
echo "$(dpkg-query -W chromium ffmpeg | tr '\t\n' '  '); five seconds of a recording that lasts one second"
echo "$out"
line() { sed -n "s/^$1 //p" <<<"$out"; }
read -r _ _ rate _ frames _ loops _ twice elsewhere <<<"$(line even.y4m)"
[ "$rate" -eq 15 ] && [ "$loops" -ge 3 ] && [ "$loops" -le 5 ] || changed "the Y4M is not played at its own rate"
[ "$twice" -ge 2 ] && [ "$elsewhere" -eq 0 ] || changed "the seam of a Y4M has its first frame once"
read -r _ _ rate _ frames _ loops _ twice _ <<<"$(line even.mjpeg)"
[ "$rate" -eq 30 ] && [ "$loops" -ge 7 ] || changed "the MJPEG is not played at twice its rate"
[ "$twice" -eq 0 ] || changed "the seam of an MJPEG has its first frame twice"
read -r size _ _ _ frames _ <<<"$(line odd.y4m)"
[ "$size" = 321x241 ] && [ "$frames" -eq 0 ] || changed "an odd size gives frames"

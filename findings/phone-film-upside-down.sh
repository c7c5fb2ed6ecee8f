#!/usr/bin/env bash
# OpenCV turns each upright film of a phone onto its head, and a mirrored one of the front camera too
#
# Versions: Debian 12's python3-opencv 4.6.0 (with its ffmpeg 5.1 libraries), ffmpeg 5.1 and chromium, npm
#   playwright-core 1.65.1 to drive it.
# Why it matters: a phone keeps a film as its sensor lies and says by a matrix in the file how to show it. A face that
#   stands on its head is found by no detector, or worse, with its left and right changed, so that "turn left" fails.
# Guess: VideoCapture turns by the file's matrix, as its manual says (CAP_PROP_ORIENTATION_AUTO, on by default); what is
#   mirrored is mirrored, or left as it is.
# Seen: eight films, one for each matrix of turns and mirrors, with four coloured corners. ffmpeg and Chromium agree on
#   all of them. OpenCV is right on two: none, and half a turn. A quarter turn to the right is made to the
#   left, and the other way about, so that each upright film stands on its head. A film mirrored from left to right, as
#   selfies are, is turned by half. One mirrored from top to bottom is left as it is. The width and height are right
#   each time, and nothing is warned of; CAP_PROP_ORIENTATION_META has 270 where the file says 90.
# Source: ISO/IEC 14496-12 (matrix of tkhd); OpenCV's cap_ffmpeg_impl takes an angle counted the other way; run here.
# What to do: set CAP_PROP_ORIENTATION_AUTO to 0 and turn by the matrix oneself, or bring films to plain pixels by
#   ffmpeg first; films of all eight kinds among the tests, with corners of four colours.
set -euo pipefail
changed() { echo "phone-film-upside-down: changed: $*" >&2; exit 1; }
for p in python3-opencv ffmpeg chromium; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
half=(-f lavfi -i color=red:160x120:r=10:d=1 -f lavfi -i color=lime:160x120:r=10:d=1)
half+=(-f lavfi -i color=blue:160x120:r=10:d=1 -f lavfi -i color=white:160x120:r=10:d=1)
nice ffmpeg -loglevel error "${half[@]}" -filter_complex '[0][1]hstack[t];[2][3]hstack[b];[t][b]vstack,format=yuv420p' \
	-c:v libx264 plain.mp4
cat >films.py <<'PY'
import struct, subprocess, cv2
film = open('plain.mp4', 'rb').read()
at = film.index(b'tkhd') + 44  # ISO/IEC 14496-12, 8.3.2: the matrix of version 0
w, h = 320, 240
kinds = {  # a b c d x y
    'none': (1, 0, 0, 1, 0, 0), 'half': (-1, 0, 0, -1, w, h),
    'right': (0, 1, -1, 0, h, 0), 'left': (0, -1, 1, 0, 0, w),
    'mirrored': (-1, 0, 0, 1, w, 0), 'flipped': (1, 0, 0, -1, 0, h),
    'right mirrored': (0, 1, 1, 0, 0, 0), 'left mirrored': (0, -1, -1, 0, h, w),
}
assert film[at:at + 36] == struct.pack('>9i', 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
colours = {'R': (0, 0, 255), 'G': (0, 255, 0), 'B': (255, 0, 0), 'W': (255, 255, 255)}
def corners(picture):
    h, w = picture.shape[:2]
    spots = [picture[y, x] for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)]
    near = lambda spot: min(colours, key=lambda c: sum(abs(int(a) - b) for a, b in zip(spot, colours[c])))
    return f'{w}x{h} ' + ''.join(map(near, spots))
for kind, (a, b, c, d, x, y) in kinds.items():
    matrix = struct.pack('>9i', *(v << 16 for v in (a, b)), 0, *(v << 16 for v in (c, d)), 0, x << 16, y << 16, 1 << 30)
    open(kind + '.mp4', 'wb').write(film[:at] + matrix + film[at + 36:])
    subprocess.run(['ffmpeg', '-loglevel', 'error', '-i', kind + '.mp4', '-frames:v', '1', kind + '.png'], check=True)
    read, frame = cv2.VideoCapture(kind + '.mp4').read()
    print(f'{kind}: ffmpeg {corners(cv2.imread(kind + ".png"))}, OpenCV {corners(frame)}', flush=True)
PY
cat >browser.js <<'JS'
const fs = require('fs');
const {chromium} = require('playwright-core');
(async () => {
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
  const page = await browser.newPage();
  for (const kind of process.argv.slice(2)) {
    const film = 'data:video/mp4;base64,' + fs.readFileSync(kind + '.mp4').toString('base64');
    console.log(`${kind}: Chromium ` + await page.evaluate(async (film) => {
      const video = document.createElement('video');
      video.muted = true;
      video.src = film;
      await new Promise((done, failed) => {
        video.requestVideoFrameCallback(done);
        video.onerror = failed;
        video.play();
      });
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const context = canvas.getContext('2d');
      context.drawImage(video, 0, 0);
      let corners = '';
      for (const y of [1, 3]) {
        for (const x of [1, 3]) {
          const [r, g, b] = context.getImageData(canvas.width * x / 4, canvas.height * y / 4, 1, 1).data;
          corners += {'true,false,false': 'R', 'false,true,false': 'G', 'false,false,true': 'B', 'true,true,true': 'W'}[
            [r > 128, g > 128, b > 128].join()];
        }
      }
      return `${canvas.width}x${canvas.height} ${corners}`;
    }, film));
  }
  await browser.close();
})();
JS
out=$(nice /usr/bin/python3 films.py)
out+=$'\n'$(nice timeout 200 node browser.js none half right left mirrored flipped 'right mirrored' 'left mirrored')
dpkg-query -W python3-opencv ffmpeg chromium | tr '\t' ' '
echo "$out"
check() { # kind, right, OpenCV's
	grep -qxF "$1: ffmpeg $2, OpenCV $3" <<<"$out" || changed "$1 in ffmpeg or OpenCV"
	grep -qxF "$1: Chromium $2" <<<"$out" || changed "$1 in Chromium"
}
check none '320x240 RGBW' '320x240 RGBW'
check half '320x240 WBGR' '320x240 WBGR'
check right '240x320 BRWG' '240x320 GWRB'
check left '240x320 GWRB' '240x320 BRWG'
check mirrored '320x240 GRWB' '320x240 WBGR'
check flipped '320x240 BWRG' '320x240 RGBW'
check 'right mirrored' '240x320 RBGW' '240x320 GWRB'
check 'left mirrored' '240x320 WGBR' '240x320 BRWG'

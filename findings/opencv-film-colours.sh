#!/usr/bin/env bash
# OpenCV reads each film as BT.601 and each Y4M as limited range, whatever the file says
#
# Versions: Debian 12's python3-opencv 4.6.0 (with its ffmpeg 5.1 libraries) and ffmpeg 5.1.
# Why it matters: a liveness check by coloured light compares colours of frames; brightness and texture gates have
#   thresholds. Recordings of phones are BT.709 and say so; cameras' recordings for tests are often Y4M of full range.
# Guess: VideoCapture decodes by ffmpeg's libraries, so it converts by the file's own matrix and range, as ffmpeg does.
# Seen: H.264 that says bt709: red 200 60 60 is read as 186 44 60, green 60 200 60 as 70 223 63; grays are right, so no
#   test with a gray wedge finds it. A Y4M with XCOLORRANGE=FULL: 16 becomes 0 and 240 becomes 255, skin 225 180 150
#   becomes 241 190 155. The same frame as MJPEG is right, and as bt601 H.264 too. ffmpeg itself is right on all.
# Source: ITU-R BT.709 and BT.601 matrices; OpenCV's cap_ffmpeg, which takes the pixel format alone; run here.
# What to do: bring recordings to BT.601 limited range by ffmpeg first (scale=out_color_matrix=bt601:out_range=tv), or
#   convert frames oneself; test with colours, not with grays.
set -euo pipefail
changed() { echo "opencv-film-colours: changed: $*" >&2; exit 1; }
for p in ffmpeg python3-opencv; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat >make.py <<'PY'
patches = [(200, 60, 60), (60, 200, 60), (60, 60, 200), (225, 180, 150), (128, 128, 128), (16, 16, 16), (240, 240, 240)]
with open("frames.rgb", "wb") as file:
    file.write(bytes(v for p in patches for _ in range(32) for v in p) * 64 * 5)
PY
/usr/bin/python3 make.py
film() { # MATRIX RANGE PIXELS, then the output's options
	nice ffmpeg -v error -f rawvideo -pix_fmt rgb24 -s 224x64 -r 10 -i frames.rgb \
		-vf "scale=out_color_matrix=$1:out_range=$2,format=$3" -colorspace "$1" -color_range "$2" "${@:4}"
}
film bt709 tv yuv420p -c:v libx264 -qp 1 bt709.mkv
film smpte170m tv yuv420p -c:v libx264 -qp 1 bt601.mkv
film smpte170m pc yuvj420p -c:v mjpeg -q:v 1 mjpeg.avi
film smpte170m pc yuvj420p full.y4m
head -n1 full.y4m
films=(bt709.mkv bt601.mkv mjpeg.avi full.y4m)
for f in "${films[@]}"; do nice ffmpeg -v error -i "$f" -frames:v 1 -pix_fmt rgb24 "$f.ppm"; done
cat >read.py <<'PY'
import sys
import cv2

for film in sys.argv[1:]:
    _, frame = cv2.VideoCapture(film, cv2.CAP_FFMPEG).read()
    for reader, picture in (("opencv", frame), ("ffmpeg", cv2.imread(film + ".ppm"))):
        print(film, reader, ", ".join(" ".join(map(str, picture[32, 32 * i + 16][::-1])) for i in range(7)))
PY
out=$(/usr/bin/python3 read.py "${films[@]}")
dpkg-query -W ffmpeg python3-opencv | tr '\t\n' '  '
echo "; the frames have 200 60 60, 60 200 60, 60 60 200, 225 180 150, 128 128 128, 16 16 16, 240 240 240"
echo "$out"
near() { # FILM READER, then the seven patches expected, each value within 4
	local name="$1 $2" i d got want
	shift 2
	read -r -a want <<<"$*"
	read -r -a got <<<"$(sed -n "s/^$name //p" <<<"$out" | tr -d ,)"
	[ ${#got[@]} -eq 21 ] || changed "$name shows nothing"
	for i in "${!want[@]}"; do
		d=$((got[i] - want[i]))
		[ "${d#-}" -le 4 ] || changed "$name shows ${got[*]}"
	done
}
head -n1 full.y4m | grep -q XCOLORRANGE=FULL || changed "the Y4M does not say its range"
right='200 60 60 60 200 60 60 60 200 225 180 150 128 128 128 16 16 16 240 240 240'
for f in "${films[@]}"; do near "$f" ffmpeg "$right"; done
near bt601.mkv opencv "$right"
near mjpeg.avi opencv "$right"
near bt709.mkv opencv '186 44 60 70 223 63 59 49 192 220 176 150 128 128 128 16 16 16 239 239 239'
near full.y4m opencv '211 52 51 51 211 51 49 50 210 241 190 155 130 130 130 0 0 0 255 255 255'

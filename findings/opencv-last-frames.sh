#!/usr/bin/env bash
# OpenCV gives the last frames of a film with B-frames the time 0: an action at its end comes before the beginning
#
# Versions: Debian 12's python3-opencv 4.6.0 (with its ffmpeg 5.1 libraries) and ffmpeg 5.1.
# Why it matters: a liveness check asks for actions in an order and in plausible times, and a film of a phone has no
#   even rate, so the times have to come from CAP_PROP_POS_MSEC and not from the number of the frame.
# Guess: after read() POS_MSEC is the time of the frame that was read; where the file has no time it is an estimate.
# Seen: 30 frames of one second. H.264 as x264 makes it, and HEVC: the times are right up to 900 ms, and frames 28 and
#   29 of 0 to 29 are at 0 ms; MPEG-4 with B-frames loses one. All 30 pictures are there and come in the right order. At
#   the end of the file the decoder still holds frames back, as many as it needed to sort them, and OpenCV takes the
#   time from the packet that it fed, of which there is none any more. ffprobe has all times. Without B-frames (-bf 0),
#   VP8 and MJPEG are right: a browser's recording passes, what ffmpeg wrote anew does not. Sorted by time the last
#   frames come first, and a length taken from the last frame's time is 0.
# Source: OpenCV's cap_ffmpeg_impl (the time of the frame is the time of a packet); run here.
# What to do: times by ffprobe -show_entries frame=pts_time, or refuse a film whose times do not rise; a film with
#   B-frames among the tests, read to its last frame.
set -euo pipefail
changed() { echo "opencv-last-frames: changed: $*" >&2; exit 1; }
for p in ffmpeg python3-opencv; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
film() { ffmpeg -v error -f lavfi -i testsrc=s=320x240:r=30:d=1 "${@:2}" -pix_fmt yuv420p "$1"; }
film h264.mp4 -c:v libx264
film hevc.mp4 -c:v libx265 -x265-params log-level=none
film mpeg4.mp4 -c:v mpeg4 -bf 2
film plain.mp4 -c:v libx264 -bf 0
film vp8.webm -c:v libvpx
film mjpeg.avi -c:v mjpeg
films=(h264.mp4 hevc.mp4 mpeg4.mp4 plain.mp4 vp8.webm mjpeg.avi)
cat >read.py <<'PY'
import subprocess, sys
import cv2, numpy
# pictures_of returns the pictures that ffmpeg has of a film, in their order.
def pictures_of(film):
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-i', film, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'], capture_output=True)
    return numpy.frombuffer(raw.stdout, numpy.uint8).reshape(-1, 240, 320)
for film in sys.argv[1:]:
    reader, times, order = cv2.VideoCapture(film), [], []
    pictures = pictures_of(film).astype(int)
    while True:
        found, frame = reader.read()
        if not found:
            break
        times.append(round(reader.get(cv2.CAP_PROP_POS_MSEC)))
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(int)
        order.append(int(abs(pictures - gray).mean(axis=(1, 2)).argmin()))
    print(film, 'opencv', len(times), 'in order' if order == list(range(30)) else order, *times[-4:])
PY
out=$(for film in "${films[@]}"; do
	/usr/bin/python3 read.py "$film"
	echo "$film ffprobe $(ffprobe -v error -select_streams v -show_entries frame=pts_time -of csv=p=0 "$film" |
		awk -F, '/[0-9]/ { t = t " " int($1 * 1000 + 0.5); n++ } END { split(t, a, " "); print n, a[n-3], a[n-2], a[n-1], a[n] }')"
done)
dpkg-query -W python3-opencv ffmpeg
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for film in "${films[@]}"; do has "$film ffprobe 30 867 900 933 967"; done
for film in h264.mp4 hevc.mp4; do has "$film opencv 30 in order 867 900 0 0"; done
has 'mpeg4.mp4 opencv 30 in order 867 900 933 0'
for film in plain.mp4 vp8.webm mjpeg.avi; do has "$film opencv 30 in order 867 900 933 967"; done

#!/usr/bin/env bash
# Tesseract's Chinese knows 3,900 characters: 蔺 is read as 葡, 亓 as 元 and 周颢 as 周颖, another person, sure of itself
#
# Versions: Debian 12's tesseract-ocr 5.3.0 with tesseract-ocr-chi-sim 4.1.0, fonts-noto-cjk and python3-pil to draw.
# Why it matters: OCR of an ID card or a form fills the name in, a person glances over it, and the register says "no
#   such person". Whose name it is decides: for most it works each time, for some it can never work.
# Guess: a model of simplified Chinese has at least GB 2312, 6,763 characters since 1980; what it cannot read it reads
#   badly, so the confidence is low, and a threshold sends it to a person.
# Seen: the network's own list of outputs has some 3,900 Han characters. Of GB 2312's first level (3,755, the common
#   ones) 330 are not among them, of the second 2,534 of 3,008. So 蔺, 谌, 阚, 邰, 郗, 訾, 亓 and 仝, all families of today, and
#   of given names 璟, 旻, 骁, 颢, 焱, 琰 and 昇 cannot come out, however sharp the picture. In print of 48 pixels a neighbour
#   in shape comes out: 亓 is 元 with a confidence of 91, more than 李 has; 蔺 is 葡 with 84; others have 0, with which a
#   word is printed all the same. Characters of three names that are known are right.
# Source: the model's lstm-unicharset (combine_tessdata -u); run here.
# What to do: take a reader's list of characters apart before it is chosen, and hold it against the table of names in
#   the register; ask for the name by hand, and use OCR for the number, which has a check character.
set -euo pipefail
changed() { echo "tesseract-surnames: changed: $*" >&2; exit 1; }
for p in tesseract-ocr tesseract-ocr-chi-sim fonts-noto-cjk python3-pil; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export OMP_THREAD_LIMIT=1
combine_tessdata -u /usr/share/tesseract-ocr/5/tessdata/chi_sim.traineddata model. >/dev/null 2>&1
cat >known.py <<'PY'
known = {line.split(' ')[0] for line in open('model.lstm-unicharset', encoding='utf-8')}
print('Han', sum(len(c) == 1 and '\u3400' <= c <= '\U0003ffff' for c in known))
def level(first, last):
    pairs = [bytes([row, cell]) for row in range(first, last + 1) for cell in range(0xa1, 0xff)]
    return [c for c in (pair.decode('gb2312', 'ignore') for pair in pairs) if c]
for number, rows in ((1, (0xb0, 0xd7)), (2, (0xd8, 0xf7))):
    characters = level(*rows)
    print('level', number, 'of', len(characters), 'without', sum(c not in known for c in characters))
print('never', ''.join(c for c in '张李王赵蔺谌阚邰郗訾亓仝璟旻骁颢焱琰昇' if c not in known))
PY
cat >draw.py <<'PY'
import sys
from PIL import Image, ImageDraw, ImageFont
font = ImageFont.truetype('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc', 48, index=2)
for name in sys.argv[1:]:
    text = '姓名 ' + name
    paper = Image.new('L', (60 * len(text) + 80, 110), 255)
    ImageDraw.Draw(paper).text((40, 25), text, font=font, fill=0)
    paper.save(name + '.png')
PY
names=(张三 李明华 王小龙 蔺相如 亓官明 周颢 王璟 邰丽华 李骁)
/usr/bin/python3 draw.py "${names[@]}"
out=$(/usr/bin/python3 known.py; for name in "${names[@]}"; do
	echo "$name $(nice tesseract "$name.png" - -l chi_sim --psm 7 tsv 2>/dev/null | awk -F'\t' '
		$1 == 5 && $12 != "姓名" { text = text $12; each = each " " $12 " " int($11) } END { print text ":" each }')"
done)
dpkg-query -W tesseract-ocr tesseract-ocr-chi-sim fonts-noto-cjk
echo "$out"
has() { grep -qE "^$1$" <<<"$out" || changed "no line like '$1'"; }
has 'Han 3[0-9]{3}'; has 'level 1 of 3755 without 330'; has 'level 2 of 3008 without 2534'
has 'never 蔺谌阚邰郗訾亓仝璟旻骁颢焱琰昇'
for name in 张三 李明华 王小龙; do has "$name $name:.*"; done
has '蔺相如 葡相如: 葡 8[0-9].*'; has '亓官明 元官明: 元 9[0-9].*'; has '周颢 周颖:.*'; has '王璟 王环:.*'; has '邰丽华 邹丽华:.*'; has '李骁 李颈:.* 颈 0'

package registry

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The encodings that a file may have, by the names that --encoding takes and
// the report says.
const (
	UTF8    = "UTF-8"
	UTF16LE = "UTF-16LE"
	UTF16BE = "UTF-16BE"
	GB18030 = "GB18030" // a superset of GBK and GB 2312
)

// Encodings lists those that a file may have.
func Encodings() []string { return []string{UTF8, GB18030, UTF16LE, UTF16BE} }

// reading is a file's text under one encoding.
type reading struct {
	encoding string
	text     string
}

// readings returns what the bytes can mean: one reading where a mark, zero bytes
// or the bytes themselves decide, two where UTF-8 and GB18030 both pass. Named
// is the encoding that the operator gave, or empty.
func readings(data []byte, named string) ([]reading, error) {
	marked := map[string]string{"\xef\xbb\xbf": UTF8, "\xff\xfe": UTF16LE, "\xfe\xff": UTF16BE}
	for mark, encoding := range marked {
		if rest, is := bytes.CutPrefix(data, []byte(mark)); is && (named == "" || strings.EqualFold(named, encoding)) {
			return []reading{{encoding, decode(rest, encoding)}}, nil
		}
	}
	if named != "" {
		for _, known := range Encodings() {
			if strings.EqualFold(named, known) {
				return []reading{{known, decode(data, known)}}, nil
			}
		}
		return nil, fileError("encoding", named)
	}
	if wide := wideEncoding(data); wide != "" {
		return []reading{{wide, decode(data, wide)}}, nil
	}
	if !utf8.Valid(data) {
		return []reading{{GB18030, decode(data, GB18030)}}, nil
	}
	found := []reading{{UTF8, string(data)}}
	if chinese := decode(data, GB18030); chinese != string(data) && !strings.ContainsRune(chinese, utf8.RuneError) {
		found = append(found, reading{GB18030, chinese})
	}
	return found, nil
}

// wideEncoding tells UTF-16 without a mark by the zero bytes of its digits and
// separators: a tenth of its bytes at least, nearly all on one side.
func wideEncoding(data []byte) string {
	var zeros [2]int
	for i, b := range data {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch even, odd := zeros[0], zeros[1]; {
	case (even+odd)*10 < len(data) || even+odd == 0:
		return ""
	case odd > 9*even:
		return UTF16LE
	case even > 9*odd:
		return UTF16BE
	}
	return ""
}

// decode returns the text; what is no character there is U+FFFD.
func decode(data []byte, name string) string {
	var d *encoding.Decoder
	switch name {
	case UTF16LE:
		d = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder()
	case UTF16BE:
		d = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder()
	case GB18030:
		return decodeGB18030(data)
	default:
		return strings.ToValidUTF8(string(data), string(utf8.RuneError))
	}
	text, err := d.Bytes(data)
	if err != nil {
		return string(utf8.RuneError)
	}
	return string(text)
}

// decodeGB18030 decodes the rows of FE 50 to FE A0 itself, to the private codes
// that identity.ParseName knows: golang.org/x/text v0.43 turns eight of them,
// characters in names, to U+FFFD without an error.
func decodeGB18030(data []byte) string {
	var out strings.Builder
	decoder := simplifiedchinese.GB18030.NewDecoder()
	flush := func(part []byte) {
		text, err := decoder.Bytes(part)
		if err != nil {
			text = []byte(string(utf8.RuneError))
		}
		out.Write(text)
	}
	start := 0
	for i := 0; i < len(data); {
		size := sizeGB18030(data[i:])
		if size == 2 && data[i] == 0xFE && data[i+1] >= 0x50 && data[i+1] <= 0xA0 {
			flush(data[start:i])
			out.WriteRune(privateOf(data[i+1]))
			start = i + size
		}
		i += size
	}
	flush(data[start:])
	return out.String()
}

// sizeGB18030 is the number of bytes of the first character: one, two or four.
func sizeGB18030(data []byte) int {
	switch {
	case data[0] < 0x81 || data[0] == 0xFF || len(data) < 2:
		return 1
	case data[1] >= 0x30 && data[1] <= 0x39 && len(data) >= 4:
		return 4
	case data[1] >= 0x40 && data[1] <= 0xFE && data[1] != 0x7F:
		return 2
	}
	return 1
}

// privateOf returns the private code of the bytes FE, second: they stand in one
// row from U+E815 on, without a place for 7F.
func privateOf(second byte) rune {
	r := 0xE815 + rune(second) - 0x50
	if second > 0x7F {
		r--
	}
	return r
}

// surnames are the hundred commonest of 2020 (Ministry of Public Security, 2021):
// six of seven people have one.
const surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕" +
	"苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"

// mixed returns a *FileError where some lines of a file that is read as GB18030 are
// UTF-8, as two files make that were put together: names would come out as other
// ones, without a byte that is wrong. Such a line has a field that begins with a common
// surname in UTF-8 and none in GB18030; a file of a header and such lines alone is one
// too.
func mixed(data []byte) error {
	var others, utf []int // lines that are no UTF-8, and those beyond ASCII that can be
	certain := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		switch text := string(line); {
		case !utf8.Valid(line):
			others = append(others, i+1)
		case strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }):
			utf = append(utf, i+1)
			if certain == 0 && beginsCommonly(text) && !beginsCommonly(decodeGB18030(line)) {
				certain = i + 1
			}
		}
	}
	if certain == 0 && len(utf) > 0 && slices.Equal(others, []int{1}) {
		certain = utf[0]
	}
	if certain == 0 {
		return nil
	}
	return fileError("mixed", certain, others[0])
}

// beginsCommonly reports whether a field of a line begins with a common surname.
func beginsCommonly(line string) bool {
	for field := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(",;\t\"'", r) }) {
		if commonSurname(strings.TrimSpace(field)) {
			return true
		}
	}
	return false
}

func commonSurname(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return strings.ContainsRune(surnames, first)
}

// choose returns which of two readings of a file is meant, by the names in it,
// or nil where that is not sure: half of the names of one begin with a common
// surname, and none of the other's.
func choose(tables []*table) *table {
	common := make([]int, len(tables))
	for i, t := range tables {
		for _, name := range t.names() {
			if commonSurname(name) {
				common[i]++
			}
		}
	}
	switch {
	case common[0]*2 >= len(tables[0].rows) && common[0] > 0 && common[1] == 0:
		return tables[0]
	case common[1]*2 >= len(tables[1].rows) && common[1] > 0 && common[0] == 0:
		return tables[1]
	}
	return nil
}

//go:build js

package font

import _ "embed"

var (
	//go:embed regular_web.ttf
	regular []byte
	bold    = regular
)

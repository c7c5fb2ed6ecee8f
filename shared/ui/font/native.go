//go:build !js

package font

import _ "embed"

var (
	//go:embed regular.ttf
	regular []byte
	//go:embed bold.ttf
	bold []byte
)

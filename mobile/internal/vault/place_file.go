//go:build !js

package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"realname.example/shared/private"
)

// file is the vault's name in its folder.
const file = "vault.json"

// load reads what was kept; nil where there is nothing yet.
func load(folder string) ([]byte, error) {
	if folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(folder, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// keep replaces the file in one step.
func keep(folder string, data []byte) error {
	if folder == "" {
		return nil
	}
	return private.WriteFile(filepath.Join(folder, file), data)
}

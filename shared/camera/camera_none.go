//go:build !js && !windows && !darwin && !linux

package camera

import (
	"context"
	"fmt"
)

// System returns a backend that says that this system's cameras are not
// supported yet; a picture from a file and the typed code remain.
func System() Backend { return unsupported{} }

type unsupported struct{}

// Permission has nothing to allow.
func (unsupported) Permission() Permission { return Granted }

// RequestPermission has nothing to ask.
func (unsupported) RequestPermission(context.Context) (Permission, error) { return Granted, nil }

// Open fails.
func (unsupported) Open(context.Context, Config) (Session, error) {
	return nil, fmt.Errorf("open camera: %w", ErrUnsupported)
}

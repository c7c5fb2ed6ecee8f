package store

import (
	"errors"
	"os"
	"syscall"
)

// sharing is ERROR_SHARING_VIOLATION.
const sharing = syscall.Errno(32)

// hold opens a file that nobody else may open meanwhile, or returns errInUse.
func hold(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharing) {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

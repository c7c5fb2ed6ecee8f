package registry

import "context"

// ParseWorkbook reads a workbook under a limit of unpacked bytes.
func ParseWorkbook(ctx context.Context, data string, limit int64) error {
	_, err := parseWorkbook(ctx, []byte(data), "", limit)
	return err
}

// Surnames are those by which two readings are told apart.
const Surnames = surnames

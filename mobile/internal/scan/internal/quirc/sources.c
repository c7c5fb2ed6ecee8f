//go:build quirc

// The library, as it was fetched at set-up.
#include "quirc.c"
#include "identify.c"
#include "decode.c"
#include "version_db.c"

package vault

import (
	"encoding/json"
	"errors"
	"syscall/js"
)

// item is the vault's name in the tab's storage. The page behind the QR code
// writes it with the claim that it made, and the app goes on from there.
const item = "realname.phone"

// load reads what the tab keeps. What cannot be read is as if it were not
// there: a person could not repair it.
func load(string) (data []byte, err error) {
	defer caught(&err)
	text := js.Global().Get("sessionStorage").Call("getItem", item)
	if text.IsNull() || !json.Valid([]byte(text.String())) {
		return nil, nil
	}
	return []byte(text.String()), nil
}

func keep(_ string, data []byte) (err error) {
	defer caught(&err)
	js.Global().Get("sessionStorage").Call("setItem", item, string(data))
	return nil
}

// caught makes an error of what the browser threw, as it does where a person
// has switched its storage off.
func caught(err *error) {
	if thrown := recover(); thrown != nil {
		*err = errors.New("the browser's storage is switched off")
	}
}

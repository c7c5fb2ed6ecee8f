module realname.example/mobile

go 1.26.0

require (
	github.com/blackjack/webcam v0.6.1
	github.com/makiuchi-d/gozxing v0.1.1
	golang.org/x/sys v0.30.0
	realname.example/shared v0.0.0
)

require (
	fyne.io/fyne/v2 v2.7.1 // indirect
	github.com/ebitengine/purego v0.11.3
	github.com/esimov/pigo v1.4.6 // indirect
	github.com/skip2/go-qrcode v0.0.0-20200617195104-da1b6568686e // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/xerrors v0.0.0-20200804184101-5ec99f83aff1 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace realname.example/shared => ../shared

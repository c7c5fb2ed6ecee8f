module realname.example/shared

go 1.26.0

require (
	fyne.io/fyne/v2 v2.7.1 // indirect
	golang.org/x/text v0.43.0 // indirect
)

// use_utf8 takes a locale of UTF-8 for what a window reads, where the environment names none.
void use_utf8(void);

// set_caret tells the input method where the caret is, in pixels of the window that has the focus.
void set_caret(int x, int y);

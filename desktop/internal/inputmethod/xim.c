//go:build linux && cgo && !android && !wayland

// GLFW 3.3 opens the input method once, at its start, and keeps what Xlib frees when the method
// ends: the next key is the process's last. It opens none where none runs yet, and tells none where
// the caret is. So its calls are answered here: GLFW holds a handle, behind which the method changes.
// Everything runs on the goroutine that draws, as all of GLFW does.

// Xlib keeps a text that a method commits until its event is looked at, and looks at the newest text
// first: two that come while it waits for the method (told of the caret, or of a key) change places.
// Seen with libX11 1.8.4. So each is taken over here as soon as it comes, and the first event that is
// looked at gives all of them: the event of a second one goes to the method first, and back.

// By default an error of X ends the program, and Xlib makes one where it tells a method of a key after
// the method's window went and before it has read so. So it is told, and no more.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "xim.h"

// context is what GLFW holds for one window.
typedef struct context {
	struct context *next;
	Window window;
	XIC ic; // NULL while there is no method
	int focused;
	XPoint caret;
	char *committed; // text in UTF-8 that GLFW has not asked for yet
	int size;        // of it, in bytes
} context;

// method is what GLFW holds for the display.
static struct {
	Display *display;
	XIM im; // NULL from the end of a method to the next use
	context *contexts;
} method;

// real is the function of Xlib that has the same name as one here.
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// take_over moves what has just come from Xlib to the end of c's text. Xlib has nothing where the
// method only hands back the event of a text that came before.
static void take_over(context *c, XKeyPressedEvent *event) {
	KeySym key;
	Status status;
	int size = REAL(Xutf8LookupString)(c->ic, event, NULL, 0, &key, &status);
	if (status != XBufferOverflow)
		return;
	char *longer = realloc(c->committed, c->size + size);
	if (longer == NULL)
		return;
	c->committed = longer;
	c->size += REAL(Xutf8LookupString)(c->ic, event, longer + c->size, size, &key, &status);
}

// give moves c's text to where GLFW wants it, or says how much room it takes.
static int give(context *c, char *to, int room, Status *status) {
	int size = c->size;
	*status = size > room ? XBufferOverflow : XLookupChars;
	if (*status == XLookupChars) {
		memcpy(to, c->committed, size);
		c->size = 0;
	}
	return size;
}

static void tell_caret(context *c) {
	XVaNestedList at = XVaCreateNestedList(0, XNSpotLocation, &c->caret, NULL);
	XSetICValues(c->ic, XNPreeditAttributes, at, NULL);
	XFree(at);
}

static void make(context *c) {
	c->ic = method.im == NULL ? NULL : REAL(XCreateIC)(method.im, XNInputStyle, XIMPreeditNothing | XIMStatusNothing,
		XNClientWindow, c->window, XNFocusWindow, c->window, NULL);
	if (c->ic != NULL) {
		tell_caret(c);
		if (c->focused)
			REAL(XSetICFocus)(c->ic);
	}
}

static void make_all(void) {
	for (context *c = method.contexts; c != NULL; c = c->next)
		make(c);
}

// ended is Xlib's notice: it has freed the method and its contexts.
static void ended(XIM im, XPointer client, XPointer call) {
	method.im = NULL;
	for (context *c = method.contexts; c != NULL; c = c->next)
		c->ic = NULL;
}

static XIM open_named(void) {
	XIM im = REAL(XOpenIM)(method.display, NULL, NULL, NULL);
	if (im != NULL) {
		XIMCallback callback = {NULL, ended};
		XSetIMValues(im, XNDestroyCallback, &callback, NULL);
	}
	return im;
}

// came is Xlib's notice that the method which the environment names runs.
static void came(Display *display, XPointer client, XPointer call) {
	XIM named = open_named();
	if (named == NULL)
		return;
	if (method.im != NULL) {
		for (context *c = method.contexts; c != NULL; c = c->next)
			if (c->ic != NULL)
				REAL(XDestroyIC)(c->ic);
		REAL(XCloseIM)(method.im);
	}
	method.im = named;
	make_all();
	XUnregisterIMInstantiateCallback(display, NULL, NULL, NULL, came, NULL);
}

// need opens Xlib's own method where there is no other, and waits for the other.
static void need(void) {
	if (method.im != NULL)
		return;
	XSetLocaleModifiers("@im=none");
	method.im = REAL(XOpenIM)(method.display, NULL, NULL, NULL);
	XSetLocaleModifiers("");
	make_all();
	XRegisterIMInstantiateCallback(method.display, NULL, NULL, NULL, came, NULL);
}

void use_utf8(void) {
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

void set_caret(int x, int y) {
	for (context *c = method.contexts; c != NULL; c = c->next) {
		if (!c->focused || (c->caret.x == x && c->caret.y == y))
			continue;
		c->caret.x = x;
		c->caret.y = y;
		if (c->ic != NULL)
			tell_caret(c);
	}
}

// fatal is Xlib's own answer to an error.
static XErrorHandler fatal;

// told goes on after a request to a window that there is not, and says so.
static int told(Display *display, XErrorEvent *error) {
	if (error->error_code != BadWindow)
		return fatal(display, error);
	char text[128];
	XGetErrorText(display, error->error_code, text, sizeof text);
	fprintf(stderr, "X: %s (request %d.%d)\n", text, error->request_code, error->minor_code);
	return 0;
}

// What follows has the names and types of Xlib, and is what GLFW calls; XPutBackEvent is called by
// Xlib itself.

XIM XOpenIM(Display *display, struct _XrmHashBucketRec *db, char *name, char *class) {
	method.display = display;
	fatal = XSetErrorHandler(told); // GLFW, which looks for errors itself now and then, puts it back
	method.im = open_named();
	need();
	return method.im == NULL ? NULL : (XIM)&method;
}

Status XCloseIM(XIM im) {
	if (method.im == NULL)
		return 0;
	Status status = REAL(XCloseIM)(method.im);
	method.im = NULL;
	return status;
}

// GLFW asks for one value of a method and for one of a context.
char *XGetIMValues(XIM im, ...) {
	va_list list;
	va_start(list, im);
	char *name = va_arg(list, char *);
	void *value = va_arg(list, void *);
	va_end(list);
	return REAL(XGetIMValues)(method.im, name, value, NULL);
}

char *XGetICValues(XIC ic, ...) {
	va_list list;
	va_start(list, ic);
	char *name = va_arg(list, char *);
	void *value = va_arg(list, void *);
	va_end(list);
	context *c = (context *)ic;
	return c->ic == NULL ? name : REAL(XGetICValues)(c->ic, name, value, NULL);
}

XIC XCreateIC(XIM im, ...) {
	context *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	va_list list;
	va_start(list, im);
	for (char *name = va_arg(list, char *); name != NULL; name = va_arg(list, char *)) {
		unsigned long value = va_arg(list, unsigned long);
		if (strcmp(name, XNClientWindow) == 0)
			c->window = value;
	}
	va_end(list);
	c->next = method.contexts;
	method.contexts = c;
	need();
	if (c->ic == NULL)
		make(c);
	return (XIC)c;
}

void XDestroyIC(XIC ic) {
	context *gone = (context *)ic;
	for (context **at = &method.contexts; *at != NULL; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			break;
		}
	if (gone->ic != NULL)
		REAL(XDestroyIC)(gone->ic);
	free(gone->committed);
	free(gone);
}

void XSetICFocus(XIC ic) {
	context *c = (context *)ic;
	c->focused = 1;
	need();
	if (c->ic != NULL)
		REAL(XSetICFocus)(c->ic);
}

void XUnsetICFocus(XIC ic) {
	context *c = (context *)ic;
	c->focused = 0;
	if (c->ic != NULL)
		REAL(XUnsetICFocus)(c->ic);
}

// Xlib calls it with a key that no keyboard has for each text that it has just put away. An Xlib that was
// linked with -Bsymbolic-functions calls its own instead: its texts are then asked of it, in its order.
int XPutBackEvent(Display *display, XEvent *event) {
	if (event->type == KeyPress && event->xkey.keycode == 0)
		for (context *c = method.contexts; c != NULL; c = c->next)
			if (c->ic != NULL && c->window == event->xkey.window)
				take_over(c, &event->xkey);
	return REAL(XPutBackEvent)(display, event);
}

int Xutf8LookupString(XIC ic, XKeyPressedEvent *event, char *to, int size, KeySym *key, Status *status) {
	context *c = (context *)ic;
	need();
	if (event->keycode == 0 && c->size > 0)
		return give(c, to, size, status);
	if (c->ic != NULL)
		return REAL(Xutf8LookupString)(c->ic, event, to, size, key, status);
	*status = XLookupNone;
	return 0;
}

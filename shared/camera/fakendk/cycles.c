// Opens, reads and closes the fake cameras many times through cam.c, in every way in which a phone's
// camera can fail, for a build with a sanitizer: cycles LIBRARY COUNT. Ends with 0 when each camera gave
// what it should; a wrong order ends in the fake's abort, a wrong byte in the sanitizer's report.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cam.h"
#include "fake.h"

static int failed(const char *what, int got, int want) {
	if (got != want) {
		fprintf(stderr, "%s: %d, want %d\n", what, got, want);
		return 1;
	}
	return 0;
}

// right reports whether a frame holds what the fake painted: see paint.
static int right(const struct cam_facts *f, const uint8_t *y, const uint8_t *u, const uint8_t *v) {
	int cw = (f->width + 1) / 2, ch = (f->height + 1) / 2, n = y[0];
	for (int i = 0; i < f->height; i++) {
		for (int j = 0; j < f->width; j++) {
			if (y[i * f->width + j] != (uint8_t)(j + 2 * i + n)) {
				return 0;
			}
		}
	}
	for (int i = 0; i < ch; i++) {
		for (int j = 0; j < cw; j++) {
			if (u[i * cw + j] != (uint8_t)(i + j) || v[i * cw + j] != (uint8_t)(i + j + 128)) {
				return 0;
			}
		}
	}
	return 1;
}

// read_until reads frames until a status other than CAM_OK ends it, or there were so many, and returns the
// last status. It waits patience times, 10 ms each, for frames that do not come.
static int read_until(struct cam *cam, const struct cam_facts *f, int frames, int patience, int *wrong) {
	size_t luma = (size_t)f->width * f->height, chroma = (size_t)((f->width + 1) / 2) * ((f->height + 1) / 2);
	uint8_t *y = malloc(luma), *u = malloc(chroma), *v = malloc(chroma);
	int status = CAM_OK;
	int64_t before = 0;
	for (int got = 0; got < frames && patience > 0;) {
		int64_t taken = 0;
		status = cam_next(cam, 10, y, u, v, &taken);
		if (status == CAM_WAIT) {
			patience--;
			continue;
		}
		if (status != CAM_OK) {
			break;
		}
		got++;
		*wrong += !right(f, y, u, v) || taken <= before;
		before = taken;
	}
	free(y);
	free(u);
	free(v);
	return status;
}

// good opens one camera, reads and closes it.
static int good(int front, int32_t w, int32_t h, int32_t want_w, int32_t want_h, int frames) {
	struct cam *cam = NULL;
	struct cam_facts f;
	int wrong = 0;
	if (failed("open", cam_open(front, w, h, &cam, &f), CAM_OK)) {
		return 1;
	}
	wrong += failed("width", f.width, want_w) + failed("height", f.height, want_h);
	wrong += failed("rotation", f.rotation, front ? 270 : 90) + failed("front", f.front, front);
	if (frames > 0) {
		wrong += failed("read", read_until(cam, &f, frames, 1000, &wrong), CAM_OK);
		wrong += failed("torch on", cam_torch(cam, 1), front ? CAM_UNSUPPORTED : CAM_OK);
		wrong += failed("torch off", cam_torch(cam, 0), front ? CAM_UNSUPPORTED : CAM_OK);
	}
	cam_close(cam);
	return wrong;
}

// bad opens a camera that fails: at once, or while it is read.
static int bad(const char *script, int at_open, int at_read) {
	struct cam *cam = NULL;
	struct cam_facts f;
	int wrong = 0;
	setenv("FAKE_NDK", script, 1);
	wrong += failed(script, cam_open(0, 640, 480, &cam, &f), at_open);
	if (cam != NULL) {
		// The camera may fail before its five frames were read: newest first.
		int torn = 0, patience = at_read == CAM_WAIT ? 1 : 1000;
		int status = read_until(cam, &f, 1000, patience, &torn);
		wrong += failed(script, status, at_read) + torn;
		cam_close(cam);
	}
	unsetenv("FAKE_NDK");
	return wrong;
}

// --- the fake's own rules --------------------------------------------------------------------------

static void ignore(void *context, ACameraDevice *device) { (void)context, (void)device; }
static void ignore_error(void *context, ACameraDevice *device, int error) { (void)context, (void)device, (void)error; }
static void ignore_session(void *context, ACameraCaptureSession *session) { (void)context, (void)session; }

// misuse films by hand and then leaves out what rule says.
static void misuse(int rule) {
	ACameraManager *manager = ACameraManager_create();
	ACameraDevice_StateCallbacks device_calls = {NULL, ignore, ignore_error};
	ACameraDevice *device = NULL, *second = NULL;
	ACameraManager_openCamera(manager, "front", &device_calls, &device);
	switch (rule) {
	case 0:
		ACameraManager_openCamera(manager, "back", &device_calls, &second);
		return;
	case 1:
		ACameraManager_delete(manager);
		return;
	}
	AImageReader *reader = NULL;
	ANativeWindow *window = NULL;
	AImageReader_new(321, 243, AIMAGE_FORMAT_YUV_420_888, 3, &reader);
	AImageReader_getWindow(reader, &window);
	ACaptureRequest *request = NULL;
	ACameraOutputTarget *target = NULL;
	ACaptureSessionOutput *output = NULL;
	ACaptureSessionOutputContainer *outputs = NULL;
	ACameraDevice_createCaptureRequest(device, TEMPLATE_PREVIEW, &request);
	ACameraOutputTarget_create(window, &target);
	ACaptureRequest_addTarget(request, target);
	ACaptureSessionOutput_create(window, &output);
	ACaptureSessionOutputContainer_create(&outputs);
	ACaptureSessionOutputContainer_add(outputs, output);
	ACameraCaptureSession_stateCallbacks session_calls = {NULL, ignore_session, ignore_session, ignore_session};
	ACameraCaptureSession *session = NULL;
	ACameraDevice_createCaptureSession(device, outputs, &session_calls, &session);
	ACameraCaptureSession_setRepeatingRequest(session, NULL, 1, &request, NULL);
	switch (rule) {
	case 2:
		AImageReader_delete(reader); // written to
		return;
	case 3:
		ACameraDevice_close(device); // with a session
		return;
	case 4:
		ACameraCaptureSession_close(session); // that repeats
		return;
	case 5:
		ACaptureRequest_free(request); // that repeats
		return;
	}
	AImage *image = NULL;
	while (AImageReader_acquireLatestImage(reader, &image) != AMEDIA_OK) {
	}
	ACameraCaptureSession_stopRepeating(session);
	ACameraCaptureSession_close(session);
	ACameraDevice_close(device);
	AImageReader_delete(reader); // before its image
}

// rules checks that each misuse ends the process: else a clean run would prove nothing.
static int rules(void) {
	int wrong = 0;
	for (int rule = 0; rule <= 6; rule++) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			fclose(stderr);
			misuse(rule);
			_exit(0);
		}
		int status = 0;
		waitpid(child, &status, 0);
		char name[64];
		snprintf(name, sizeof name, "misuse %d ends the process", rule);
		wrong += failed(name, WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, 1);
	}
	return wrong;
}

int main(int argc, char **argv) {
	if (argc != 3) {
		return 2;
	}
	if (failed("load nothing", cam_load("nowhere.so", argv[1]), CAM_OLD) ||
		failed("load", cam_load(argv[1], argv[1]), CAM_OK)) {
		return 1;
	}
	int count = atoi(argv[2]), wrong = rules(), done = 0;
	while (done < count && wrong == 0) {
		switch (done++ % 16) {
		case 0: // the size that is asked for
			wrong += good(0, 640, 480, 640, 480, 3);
			break;
		case 1: // odd sizes, three planes
			wrong += good(1, 640, 480, 639, 479, 3);
			break;
		case 2: // a size that no camera has
			wrong += good(1, 333, 77, 321, 243, 2);
			break;
		case 3: // closed before the first frame
			wrong += good(0, 10, 10, 176, 144, 0);
			break;
		case 4:
			wrong += bad("denied", CAM_DENIED, 0);
			break;
		case 5:
			wrong += bad("taken", CAM_BUSY, 0);
			break;
		case 6:
			wrong += bad("gone", CAM_OK, CAM_GONE);
			break;
		case 7:
			wrong += bad("stolen", CAM_OK, CAM_BUSY);
			break;
		case 8:
			wrong += bad("dumb", CAM_OK, CAM_WAIT);
			break;
		case 9:
			wrong += bad("torn", CAM_OK, CAM_WAIT);
			break;
		case 10:
			wrong += bad("none", CAM_NONE, 0) + bad("noyuv", CAM_NONE, 0);
			break;
		case 11:
			wrong += bad("nosession", CAM_UNSUPPORTED, 0);
			break;
		case 12:
			wrong += bad("broken", CAM_OK, CAM_GONE);
			break;
		case 13:
			wrong += bad("disabled", CAM_DENIED, 0);
			break;
		case 14: // the same camera again, at once
			wrong += good(0, 176, 144, 176, 144, 2) + good(0, 176, 144, 176, 144, 2);
			break;
		case 15:
			wrong += good(1, 320, 240, 321, 243, 4);
			break;
		}
	}
	printf("%d cycles, %d wrong\n", done, wrong);
	return wrong != 0;
}

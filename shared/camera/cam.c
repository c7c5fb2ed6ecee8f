//go:build android || ndk

#include "cam.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cam_ndk.h"

// IMAGES is how many frames the reader holds: one is read, one waits, one is written.
#define IMAGES 3

struct ndk_functions ndk;

struct cam {
	ACameraManager *manager;
	ACameraDevice *device;
	AImageReader *reader;
	ANativeWindow *window; // the reader's
	ACaptureRequest *request;
	ACameraOutputTarget *target;
	ACaptureSessionOutput *output;
	ACaptureSessionOutputContainer *outputs;
	ACameraCaptureSession *session;
	struct cam_facts facts;

	pthread_mutex_t lock; // for what follows: the library's threads write it
	pthread_cond_t changed;
	int fresh;   // a frame came
	int trouble; // CAM_OK, or why the camera ended
};

int cam_load(const char *camera_library, const char *media_library) {
	void *camera = dlopen(camera_library, RTLD_NOW | RTLD_LOCAL);
	void *media = dlopen(media_library, RTLD_NOW | RTLD_LOCAL);
	if (camera == NULL || media == NULL) {
		return CAM_OLD;
	}
	// A pointer to an object is no pointer to a function in C: POSIX lets the bytes be copied.
#define FIND(library, name)                          \
	{                                                \
		void *found = dlsym(library, #name);         \
		if (found == NULL) {                         \
			return CAM_OLD;                          \
		}                                            \
		memcpy(&ndk.name, &found, sizeof ndk.name);  \
	}
#define FIND_CAMERA(result, name, arguments) FIND(camera, name)
#define FIND_MEDIA(result, name, arguments) FIND(media, name)
	NDK_CAMERA(FIND_CAMERA)
	NDK_MEDIA(FIND_MEDIA)
	return CAM_OK;
}

// meaning gives a camera_status_t the name of this header.
static int meaning(int status) {
	switch (status) {
	case ACAMERA_OK:
		return CAM_OK;
	case ACAMERA_ERROR_PERMISSION_DENIED:
	case ACAMERA_ERROR_CAMERA_DISABLED: // by a device policy
		return CAM_DENIED;
	case ACAMERA_ERROR_CAMERA_IN_USE:
	case ACAMERA_ERROR_MAX_CAMERA_IN_USE:
		return CAM_BUSY;
	case ACAMERA_ERROR_CAMERA_DISCONNECTED:
	case ACAMERA_ERROR_CAMERA_DEVICE:
	case ACAMERA_ERROR_CAMERA_SERVICE:
	case ACAMERA_ERROR_SESSION_CLOSED:
		return CAM_GONE;
	}
	return CAM_UNSUPPORTED;
}

// --- what the library's threads call ---------------------------------------------------------------

static void end(struct cam *cam, int why) {
	pthread_mutex_lock(&cam->lock);
	if (cam->trouble == CAM_OK) {
		cam->trouble = why;
	}
	pthread_cond_signal(&cam->changed);
	pthread_mutex_unlock(&cam->lock);
}

static void on_disconnected(void *context, ACameraDevice *device) {
	(void)device;
	end(context, CAM_GONE);
}

static void on_error(void *context, ACameraDevice *device, int error) {
	(void)device;
	switch (error) {
	case ERROR_CAMERA_IN_USE:
	case ERROR_MAX_CAMERAS_IN_USE:
		end(context, CAM_BUSY);
		return;
	case ERROR_CAMERA_DISABLED:
		end(context, CAM_DENIED);
		return;
	}
	end(context, CAM_GONE);
}

static void on_image(void *context, AImageReader *reader) {
	(void)reader;
	struct cam *cam = context;
	pthread_mutex_lock(&cam->lock);
	cam->fresh = 1;
	pthread_cond_signal(&cam->changed);
	pthread_mutex_unlock(&cam->lock);
}

// The session's states say nothing that the device's do not, but the library wants to tell them.
static void on_session(void *context, ACameraCaptureSession *session) {
	(void)context;
	(void)session;
}

// --- opening ---------------------------------------------------------------------------------------

// open_device opens the best camera of the list. The list lives as long as the identifiers are used.
static int open_device(struct cam *cam, int front, int32_t width, int32_t height, int *focus) {
	ACameraIdList *list = NULL;
	int status = meaning(ndk.ACameraManager_getCameraIdList(cam->manager, &list));
	if (status != CAM_OK) {
		return status;
	}
	const char *chosen = NULL;
	for (int i = 0, best = 0; i < list->numCameras; i++) {
		struct cam_facts facts;
		int mode = -1;
		int fits = cam_look(cam->manager, list->cameraIds[i], front, width, height, &facts, &mode);
		if (fits > best) {
			best = fits;
			chosen = list->cameraIds[i];
			cam->facts = facts;
			*focus = mode;
		}
	}
	if (chosen == NULL) {
		status = CAM_NONE;
	} else {
		ACameraDevice_StateCallbacks callbacks = {cam, on_disconnected, on_error};
		status = meaning(ndk.ACameraManager_openCamera(cam->manager, chosen, &callbacks, &cam->device));
	}
	ndk.ACameraManager_deleteCameraIdList(list);
	return status;
}

static int open_reader(struct cam *cam) {
	if (ndk.AImageReader_new(cam->facts.width, cam->facts.height, AIMAGE_FORMAT_YUV_420_888, IMAGES, &cam->reader) != AMEDIA_OK) {
		return CAM_UNSUPPORTED;
	}
	AImageReader_ImageListener listener = {cam, on_image};
	if (ndk.AImageReader_setImageListener(cam->reader, &listener) != AMEDIA_OK ||
		ndk.AImageReader_getWindow(cam->reader, &cam->window) != AMEDIA_OK) {
		return CAM_UNSUPPORTED;
	}
	return CAM_OK;
}

static int open_session(struct cam *cam, int focus) {
	int s = ndk.ACameraDevice_createCaptureRequest(cam->device, TEMPLATE_PREVIEW, &cam->request);
	if (s == ACAMERA_OK && focus >= 0) {
		uint8_t mode = (uint8_t)focus;
		s = ndk.ACaptureRequest_setEntry_u8(cam->request, ACAMERA_CONTROL_AF_MODE, 1, &mode);
	}
	if (s == ACAMERA_OK) {
		s = ndk.ACameraOutputTarget_create(cam->window, &cam->target);
	}
	if (s == ACAMERA_OK) {
		s = ndk.ACaptureRequest_addTarget(cam->request, cam->target);
	}
	if (s == ACAMERA_OK) {
		s = ndk.ACaptureSessionOutput_create(cam->window, &cam->output);
	}
	if (s == ACAMERA_OK) {
		s = ndk.ACaptureSessionOutputContainer_create(&cam->outputs);
	}
	if (s == ACAMERA_OK) {
		s = ndk.ACaptureSessionOutputContainer_add(cam->outputs, cam->output);
	}
	if (s == ACAMERA_OK) {
		ACameraCaptureSession_stateCallbacks callbacks = {cam, on_session, on_session, on_session};
		s = ndk.ACameraDevice_createCaptureSession(cam->device, cam->outputs, &callbacks, &cam->session);
	}
	if (s == ACAMERA_OK) {
		s = ndk.ACameraCaptureSession_setRepeatingRequest(cam->session, NULL, 1, &cam->request, NULL);
	}
	return meaning(s);
}

int cam_open(int front, int32_t width, int32_t height, struct cam **out, struct cam_facts *facts) {
	struct cam *cam = calloc(1, sizeof *cam);
	if (cam == NULL) {
		return CAM_UNSUPPORTED;
	}
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_mutex_init(&cam->lock, NULL);
	pthread_cond_init(&cam->changed, &steady);
	pthread_condattr_destroy(&steady);

	int focus = -1;
	cam->manager = ndk.ACameraManager_create();
	int status = cam->manager == NULL ? CAM_UNSUPPORTED : open_device(cam, front, width, height, &focus);
	if (status == CAM_OK) {
		status = open_reader(cam);
	}
	if (status == CAM_OK) {
		status = open_session(cam, focus);
	}
	if (status == CAM_UNSUPPORTED) { // the library may have told a better reason meanwhile
		pthread_mutex_lock(&cam->lock);
		status = cam->trouble != CAM_OK ? cam->trouble : status;
		pthread_mutex_unlock(&cam->lock);
	}
	if (status != CAM_OK) {
		cam_close(cam);
		return status;
	}
	*facts = cam->facts;
	*out = cam;
	return CAM_OK;
}

// --- reading ---------------------------------------------------------------------------------------

// pack copies one plane row by row and pixel by pixel: NV12, NV21 and three planes differ in the strides
// alone. The last row ends with its last pixel, often a byte before the row's end.
static int pack(const AImage *image, int plane, uint8_t *to, int32_t width, int32_t height) {
	uint8_t *data = NULL;
	int length = 0;
	int32_t row = 0, pixel = 0;
	if (ndk.AImage_getPlaneData(image, plane, &data, &length) != AMEDIA_OK ||
		ndk.AImage_getPlaneRowStride(image, plane, &row) != AMEDIA_OK ||
		ndk.AImage_getPlanePixelStride(image, plane, &pixel) != AMEDIA_OK) {
		return 0;
	}
	if (data == NULL || row < 1 || pixel < 1 ||
		(int64_t)(height - 1) * row + (int64_t)(width - 1) * pixel + 1 > length) {
		return 0;
	}
	for (int32_t i = 0; i < height; i++, data += row, to += width) {
		if (pixel == 1) {
			memcpy(to, data, (size_t)width);
			continue;
		}
		for (int32_t j = 0; j < width; j++) {
			to[j] = data[j * pixel];
		}
	}
	return 1;
}

static int pack_all(struct cam *cam, const AImage *image, uint8_t *y, uint8_t *u, uint8_t *v, int64_t *taken) {
	int32_t w = 0, h = 0;
	if (ndk.AImage_getWidth(image, &w) != AMEDIA_OK || ndk.AImage_getHeight(image, &h) != AMEDIA_OK ||
		w != cam->facts.width || h != cam->facts.height || ndk.AImage_getTimestamp(image, taken) != AMEDIA_OK) {
		return 0;
	}
	int32_t cw = (w + 1) / 2, ch = (h + 1) / 2;
	return pack(image, 0, y, w, h) && pack(image, 1, u, cw, ch) && pack(image, 2, v, cw, ch);
}

int cam_next(struct cam *cam, int milliseconds, uint8_t *y, uint8_t *u, uint8_t *v, int64_t *taken) {
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += milliseconds % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&cam->lock);
	int waited = 0;
	while (!cam->fresh && cam->trouble == CAM_OK && waited != ETIMEDOUT) {
		waited = pthread_cond_timedwait(&cam->changed, &cam->lock, &until);
	}
	int status = cam->trouble != CAM_OK ? cam->trouble : cam->fresh ? CAM_OK : CAM_WAIT;
	cam->fresh = 0;
	pthread_mutex_unlock(&cam->lock);
	if (status != CAM_OK) {
		return status;
	}
	AImage *image = NULL;
	if (ndk.AImageReader_acquireLatestImage(cam->reader, &image) != AMEDIA_OK || image == NULL) {
		return CAM_WAIT; // the frame of this signal went with an earlier one
	}
	int whole = pack_all(cam, image, y, u, v, taken);
	ndk.AImage_delete(image);
	return whole ? CAM_OK : CAM_WAIT;
}

int cam_torch(struct cam *cam, int on) {
	if (!cam->facts.light) {
		return CAM_UNSUPPORTED;
	}
	uint8_t mode = on ? ACAMERA_FLASH_MODE_TORCH : ACAMERA_FLASH_MODE_OFF;
	int s = ndk.ACaptureRequest_setEntry_u8(cam->request, ACAMERA_FLASH_MODE, 1, &mode);
	if (s == ACAMERA_OK) {
		s = ndk.ACameraCaptureSession_setRepeatingRequest(cam->session, NULL, 1, &cam->request, NULL);
	}
	return meaning(s);
}

// --- closing ---------------------------------------------------------------------------------------

// The order matters: nothing may write to the reader when it goes, and its threads may still call with
// cam until they are gone.
void cam_close(struct cam *cam) {
	if (cam->reader != NULL) {
		AImageReader_ImageListener nobody = {NULL, NULL};
		ndk.AImageReader_setImageListener(cam->reader, &nobody);
	}
	if (cam->session != NULL) {
		ndk.ACameraCaptureSession_stopRepeating(cam->session);
		ndk.ACameraCaptureSession_close(cam->session);
	}
	if (cam->device != NULL) {
		ndk.ACameraDevice_close(cam->device);
	}
	if (cam->request != NULL) {
		ndk.ACaptureRequest_free(cam->request);
	}
	if (cam->target != NULL) {
		ndk.ACameraOutputTarget_free(cam->target);
	}
	if (cam->outputs != NULL) {
		ndk.ACaptureSessionOutputContainer_free(cam->outputs);
	}
	if (cam->output != NULL) {
		ndk.ACaptureSessionOutput_free(cam->output);
	}
	if (cam->reader != NULL) {
		ndk.AImageReader_delete(cam->reader);
	}
	if (cam->manager != NULL) {
		ndk.ACameraManager_delete(cam->manager);
	}
	pthread_cond_destroy(&cam->changed);
	pthread_mutex_destroy(&cam->lock);
	free(cam);
}

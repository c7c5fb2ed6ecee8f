// libcamera2ndk and libmediandk without a phone, both in one library, for the tests of cam.c.
//
// Two cameras: the back one gives NV12 in padded rows, turned by 90 degrees, with a torch and continuous
// focus; the front one gives three planes, turned by 270, with odd sizes and neither. What the real
// libraries punish ends the process here too: an image that outlives its reader, a reader or a manager
// that goes while a camera still uses it, a session that its device does not outlive, two cameras at once.
//
// FAKE_NDK says what goes wrong: none, denied, disabled, taken, dumb (no frame ever), gone (disconnects
// after five frames), stolen and broken (an error after five frames), torn (planes shorter than their
// strides say), nosession, noyuv.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake.h"

#define RULE(broken, what)                                          \
	do {                                                            \
		if (broken) {                                               \
			fprintf(stderr, "fake NDK: %s: %s\n", __func__, what); \
			abort();                                                \
		}                                                           \
	} while (0)

static int script(const char *name) {
	const char *now = getenv("FAKE_NDK");
	return now != NULL && strcmp(now, name) == 0;
}

// --- cameras and their characteristics -------------------------------------------------------------

struct ACameraManager {
	int devices;
};

struct ACameraMetadata {
	int front;
	int32_t orientation;
	uint8_t facing, flash, modes[3];
	int32_t streams[5 * 4];
	uint32_t stream_count;
};

static const int32_t back_sizes[][2] = {{1280, 720}, {640, 480}, {176, 144}};
static const int32_t front_sizes[][2] = {{639, 479}, {321, 243}, {1920, 1080}};

ACameraManager *ACameraManager_create(void) { return calloc(1, sizeof(ACameraManager)); }

void ACameraManager_delete(ACameraManager *manager) {
	RULE(manager->devices != 0, "a camera is still open");
	free(manager);
}

int ACameraManager_getCameraIdList(ACameraManager *manager, ACameraIdList **list) {
	(void)manager;
	*list = calloc(1, sizeof **list);
	(*list)->numCameras = script("none") ? 0 : 2;
	(*list)->cameraIds = calloc(2, sizeof(char *));
	for (int i = 0; i < (*list)->numCameras; i++) {
		(*list)->cameraIds[i] = strdup(i == 0 ? "back" : "front");
	}
	return ACAMERA_OK;
}

void ACameraManager_deleteCameraIdList(ACameraIdList *list) {
	for (int i = 0; i < list->numCameras; i++) {
		free((char *)list->cameraIds[i]);
	}
	free(list->cameraIds);
	free(list);
}

int ACameraManager_getCameraCharacteristics(ACameraManager *manager, const char *id, ACameraMetadata **facts) {
	(void)manager;
	ACameraMetadata *m = calloc(1, sizeof *m);
	m->front = strcmp(id, "front") == 0;
	m->facing = m->front ? ACAMERA_LENS_FACING_FRONT : ACAMERA_LENS_FACING_BACK;
	m->orientation = m->front ? 270 : 90;
	m->flash = !m->front;
	m->modes[0] = 1; // when told
	m->modes[1] = ACAMERA_CONTROL_AF_MODE_CONTINUOUS_VIDEO;
	m->modes[2] = ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE;
	const int32_t(*sizes)[2] = m->front ? front_sizes : back_sizes;
	const int32_t jpeg = 0x100;
	int32_t first[4] = {jpeg, 333, 77, 0}; // a size that only still pictures have
	int32_t second[4] = {AIMAGE_FORMAT_YUV_420_888, 334, 78, 1}; // one that only goes in
	memcpy(m->streams, first, sizeof first);
	memcpy(m->streams + 4, second, sizeof second);
	m->stream_count = 8;
	for (int i = 0; i < 3 && !script("noyuv"); i++) {
		int32_t one[4] = {AIMAGE_FORMAT_YUV_420_888, sizes[i][0], sizes[i][1], 0};
		memcpy(m->streams + m->stream_count, one, sizeof one);
		m->stream_count += 4;
	}
	*facts = m;
	return ACAMERA_OK;
}

void ACameraMetadata_free(ACameraMetadata *facts) { free(facts); }

int ACameraMetadata_getConstEntry(const ACameraMetadata *m, uint32_t tag, ACameraMetadata_const_entry *e) {
	memset(e, 0, sizeof *e);
	e->tag = tag;
	e->count = 1;
	switch (tag) {
	case ACAMERA_LENS_FACING:
		e->data.u8 = &m->facing;
		return ACAMERA_OK;
	case ACAMERA_FLASH_INFO_AVAILABLE:
		e->data.u8 = &m->flash;
		return ACAMERA_OK;
	case ACAMERA_SENSOR_ORIENTATION:
		e->type = 1;
		e->data.i32 = &m->orientation;
		return ACAMERA_OK;
	case ACAMERA_CONTROL_AF_AVAILABLE_MODES:
		e->data.u8 = m->modes;
		e->count = m->front ? 1 : 3;
		return ACAMERA_OK;
	case ACAMERA_SCALER_AVAILABLE_STREAM_CONFIGURATIONS:
		e->type = 1;
		e->data.i32 = m->streams;
		e->count = m->stream_count;
		return ACAMERA_OK;
	}
	return ACAMERA_ERROR_METADATA_NOT_FOUND;
}

// --- images ----------------------------------------------------------------------------------------

struct AImage {
	AImageReader *reader;
	AImage *next; // in the reader's queue
	int64_t taken;
	int32_t row, chroma_row, chroma_pixel;
	int chroma_length;
	uint8_t *y, *u, *v; // v is within u's memory where the pixels alternate
	uint8_t *memory;
};

struct AImageReader {
	pthread_mutex_t lock;
	int32_t width, height, limit;
	int held;    // images that were acquired and not deleted
	int writers; // sessions that write here
	int frames;
	AImage *queue; // newest first
	AImageReader_ImageListener listener;
};

int AImageReader_new(int32_t width, int32_t height, int32_t format, int32_t images, AImageReader **reader) {
	RULE(format != AIMAGE_FORMAT_YUV_420_888 || images < 2, "acquiring the latest needs two images");
	*reader = calloc(1, sizeof **reader);
	pthread_mutex_init(&(*reader)->lock, NULL);
	(*reader)->width = width;
	(*reader)->height = height;
	(*reader)->limit = images;
	return AMEDIA_OK;
}

static void drop(AImage *image) {
	free(image->memory);
	free(image);
}

void AImageReader_delete(AImageReader *reader) {
	RULE(reader->held != 0, "an image outlives its reader");
	RULE(reader->writers != 0, "a session still writes here");
	while (reader->queue != NULL) {
		AImage *image = reader->queue;
		reader->queue = image->next;
		drop(image);
	}
	pthread_mutex_destroy(&reader->lock);
	free(reader);
}

int AImageReader_getWindow(AImageReader *reader, ANativeWindow **window) {
	*window = (ANativeWindow *)reader;
	return AMEDIA_OK;
}

int AImageReader_setImageListener(AImageReader *reader, AImageReader_ImageListener *listener) {
	pthread_mutex_lock(&reader->lock);
	reader->listener = *listener;
	pthread_mutex_unlock(&reader->lock);
	return AMEDIA_OK;
}

int AImageReader_acquireLatestImage(AImageReader *reader, AImage **image) {
	pthread_mutex_lock(&reader->lock);
	int status = AMEDIA_IMGREADER_NO_BUFFER_AVAILABLE;
	if (reader->held >= reader->limit) {
		status = AMEDIA_IMGREADER_MAX_IMAGES_ACQUIRED;
	} else if (reader->queue != NULL) {
		*image = reader->queue;
		for (AImage *old = (*image)->next; old != NULL;) {
			AImage *next = old->next;
			drop(old);
			old = next;
		}
		reader->queue = NULL;
		reader->held++;
		status = AMEDIA_OK;
	}
	pthread_mutex_unlock(&reader->lock);
	return status;
}

void AImage_delete(AImage *image) {
	pthread_mutex_lock(&image->reader->lock);
	image->reader->held--;
	pthread_mutex_unlock(&image->reader->lock);
	drop(image);
}

int AImage_getWidth(const AImage *image, int32_t *width) {
	*width = image->reader->width;
	return AMEDIA_OK;
}

int AImage_getHeight(const AImage *image, int32_t *height) {
	*height = image->reader->height;
	return AMEDIA_OK;
}

int AImage_getTimestamp(const AImage *image, int64_t *nanoseconds) {
	*nanoseconds = image->taken;
	return AMEDIA_OK;
}

int AImage_getPlaneRowStride(const AImage *image, int plane, int32_t *stride) {
	*stride = plane == 0 ? image->row : image->chroma_row;
	return AMEDIA_OK;
}

int AImage_getPlanePixelStride(const AImage *image, int plane, int32_t *stride) {
	*stride = plane == 0 ? 1 : image->chroma_pixel;
	return AMEDIA_OK;
}

int AImage_getPlaneData(const AImage *image, int plane, uint8_t **data, int *length) {
	*data = plane == 0 ? image->y : plane == 1 ? image->u : image->v;
	*length = plane == 0 ? image->row * (image->reader->height - 1) + image->reader->width : image->chroma_length;
	if (script("torn")) {
		*length /= 2;
	}
	return AMEDIA_OK;
}

// paint makes frame number n: luma x + 2y + n, U x + y, V x + y + 128, each modulo 256 in its own plane.
// The padding is 0xEE, so that a wrong stride shows. Each plane's memory ends with its last pixel, so that
// a byte too far is an error of the sanitizer's.
static AImage *paint(AImageReader *reader, int n, int apart) {
	int32_t w = reader->width, h = reader->height, cw = (w + 1) / 2, ch = (h + 1) / 2;
	AImage *image = calloc(1, sizeof *image);
	image->reader = reader;
	image->row = w + 13;
	image->chroma_pixel = apart ? 1 : 2;
	image->chroma_row = cw * image->chroma_pixel + 7;
	image->chroma_length = (ch - 1) * image->chroma_row + (cw - 1) * image->chroma_pixel + 1;
	size_t luma = (size_t)(h - 1) * image->row + w;
	size_t chroma = apart ? 2 * (size_t)image->chroma_length : (size_t)image->chroma_length + 1;
	image->memory = malloc(luma + chroma);
	memset(image->memory, 0xEE, luma + chroma);
	image->u = image->memory; // luma last: reading past it leaves the block
	image->v = apart ? image->u + image->chroma_length : image->u + 1;
	image->y = image->memory + chroma;
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			image->y[y * image->row + x] = (uint8_t)(x + 2 * y + n);
		}
	}
	for (int y = 0; y < ch; y++) {
		for (int x = 0; x < cw; x++) {
			int at = y * image->chroma_row + x * image->chroma_pixel;
			image->u[at] = (uint8_t)(x + y);
			image->v[at] = (uint8_t)(x + y + 128);
		}
	}
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	image->taken = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	return image;
}

// deliver puts a frame into the queue, which drops the oldest when it is full, and tells the listener
// outside the lock, as the real library does: a call may come after the listener was cleared.
static void deliver(AImageReader *reader, int apart) {
	pthread_mutex_lock(&reader->lock);
	int n = ++reader->frames;
	AImageReader_ImageListener told = reader->listener;
	pthread_mutex_unlock(&reader->lock);
	AImage *image = paint(reader, n, apart);
	pthread_mutex_lock(&reader->lock);
	image->next = reader->queue;
	reader->queue = image;
	AImage *last = image;
	for (int i = 1; i < reader->limit && last != NULL; i++) {
		last = last->next;
	}
	if (last != NULL && last->next != NULL) {
		drop(last->next);
		last->next = NULL;
	}
	pthread_mutex_unlock(&reader->lock);
	if (told.onImageAvailable != NULL) {
		told.onImageAvailable(told.context, reader);
	}
}

// --- devices, requests and sessions ----------------------------------------------------------------

struct ACameraDevice {
	ACameraManager *manager;
	int front;
	int sessions;
	ACameraDevice_StateCallbacks callbacks;
};

struct ACaptureRequest {
	const ACameraOutputTarget *target;
	int users; // sessions that repeat it
	uint8_t focus, flash;
};

struct ACameraOutputTarget {
	AImageReader *reader;
};

struct ACaptureSessionOutput {
	AImageReader *reader;
};

struct ACaptureSessionOutputContainer {
	AImageReader *reader;
	int sessions;
};

struct ACameraCaptureSession {
	ACameraDevice *device;
	ACaptureSessionOutputContainer *outputs;
	ACaptureRequest *request;
	AImageReader *reader;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int running, stop;
};

static int open_cameras; // a phone of one camera at a time

int ACameraManager_openCamera(ACameraManager *manager, const char *id, ACameraDevice_StateCallbacks *callbacks, ACameraDevice **device) {
	if (script("denied")) {
		return ACAMERA_ERROR_PERMISSION_DENIED;
	}
	if (script("disabled")) {
		return ACAMERA_ERROR_CAMERA_DISABLED;
	}
	if (script("taken")) {
		return ACAMERA_ERROR_CAMERA_IN_USE;
	}
	RULE(__atomic_add_fetch(&open_cameras, 1, __ATOMIC_SEQ_CST) != 1, "the camera before is still open");
	ACameraDevice *d = calloc(1, sizeof *d);
	d->manager = manager;
	d->front = strcmp(id, "front") == 0;
	d->callbacks = *callbacks;
	manager->devices++;
	*device = d;
	return ACAMERA_OK;
}

int ACameraDevice_close(ACameraDevice *device) {
	RULE(device->sessions != 0, "its session is not closed");
	device->manager->devices--;
	__atomic_sub_fetch(&open_cameras, 1, __ATOMIC_SEQ_CST);
	free(device);
	return ACAMERA_OK;
}

int ACameraDevice_createCaptureRequest(const ACameraDevice *device, int template, ACaptureRequest **request) {
	(void)device;
	RULE(template != TEMPLATE_PREVIEW, "no preview");
	*request = calloc(1, sizeof **request);
	return ACAMERA_OK;
}

void ACaptureRequest_free(ACaptureRequest *request) {
	RULE(request->users != 0, "a session still repeats it");
	free(request);
}

int ACaptureRequest_addTarget(ACaptureRequest *request, const ACameraOutputTarget *target) {
	request->target = target;
	return ACAMERA_OK;
}

int ACaptureRequest_setEntry_u8(ACaptureRequest *request, uint32_t tag, uint32_t count, const uint8_t *data) {
	if (count != 1) {
		return ACAMERA_ERROR_INVALID_PARAMETER;
	}
	if (tag == ACAMERA_CONTROL_AF_MODE) {
		request->focus = data[0];
	}
	if (tag == ACAMERA_FLASH_MODE) {
		request->flash = data[0];
	}
	return ACAMERA_OK;
}

int ACameraOutputTarget_create(ANativeWindow *window, ACameraOutputTarget **target) {
	*target = calloc(1, sizeof **target);
	(*target)->reader = (AImageReader *)window;
	return ACAMERA_OK;
}

void ACameraOutputTarget_free(ACameraOutputTarget *target) { free(target); }

int ACaptureSessionOutput_create(ANativeWindow *window, ACaptureSessionOutput **output) {
	*output = calloc(1, sizeof **output);
	(*output)->reader = (AImageReader *)window;
	return ACAMERA_OK;
}

void ACaptureSessionOutput_free(ACaptureSessionOutput *output) { free(output); }

int ACaptureSessionOutputContainer_create(ACaptureSessionOutputContainer **outputs) {
	*outputs = calloc(1, sizeof **outputs);
	return ACAMERA_OK;
}

void ACaptureSessionOutputContainer_free(ACaptureSessionOutputContainer *outputs) {
	RULE(outputs->sessions != 0, "a session still has it");
	free(outputs);
}

int ACaptureSessionOutputContainer_add(ACaptureSessionOutputContainer *outputs, const ACaptureSessionOutput *output) {
	outputs->reader = output->reader;
	return ACAMERA_OK;
}

int ACameraDevice_createCaptureSession(ACameraDevice *device, const ACaptureSessionOutputContainer *outputs, const ACameraCaptureSession_stateCallbacks *callbacks, ACameraCaptureSession **session) {
	RULE(callbacks == NULL || callbacks->onClosed == NULL, "nobody to tell");
	int known = 0;
	for (int i = 0; i < 3; i++) {
		const int32_t *size = device->front ? front_sizes[i] : back_sizes[i];
		known |= size[0] == outputs->reader->width && size[1] == outputs->reader->height;
	}
	if (!known || script("nosession")) {
		return ACAMERA_ERROR_STREAM_CONFIGURE_FAIL;
	}
	ACameraCaptureSession *s = calloc(1, sizeof *s);
	s->device = device;
	s->outputs = (ACaptureSessionOutputContainer *)outputs;
	s->reader = outputs->reader;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &steady);
	pthread_condattr_destroy(&steady);
	device->sessions++;
	s->outputs->sessions++;
	pthread_mutex_lock(&s->reader->lock);
	s->reader->writers++;
	pthread_mutex_unlock(&s->reader->lock);
	*session = s;
	return ACAMERA_OK;
}

// stopped waits for the time between two frames and reports whether the session was stopped meanwhile.
static int stopped(ACameraCaptureSession *s) {
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 500000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->lock);
	int waited = 0;
	while (!s->stop && waited == 0) {
		waited = pthread_cond_timedwait(&s->changed, &s->lock, &until);
	}
	int stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static void *film(void *session) {
	ACameraCaptureSession *s = session;
	ACameraDevice_StateCallbacks *tell = &s->device->callbacks;
	for (int n = 1; !script("dumb"); n++) {
		deliver(s->reader, s->device->front);
		if (n == 5 && script("gone")) {
			tell->onDisconnected(tell->context, s->device);
			break;
		}
		if (n == 5 && (script("stolen") || script("broken"))) {
			tell->onError(tell->context, s->device, script("stolen") ? ERROR_CAMERA_IN_USE : ERROR_CAMERA_DEVICE);
			break;
		}
		if (stopped(s)) {
			break;
		}
	}
	return NULL;
}

int ACameraCaptureSession_setRepeatingRequest(ACameraCaptureSession *session, void *callbacks, int count, ACaptureRequest **requests, int *sequence) {
	(void)callbacks;
	(void)sequence;
	RULE(count != 1 || requests[0]->target == NULL || requests[0]->target->reader != session->reader, "no target");
	RULE(!session->device->front && requests[0]->focus != ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE, "no continuous focus");
	RULE(session->device->front && requests[0]->flash != ACAMERA_FLASH_MODE_OFF, "a light that is not there");
	if (session->request == NULL) {
		session->request = requests[0];
		session->request->users++;
	}
	if (!session->running) {
		session->running = 1;
		RULE(pthread_create(&session->thread, NULL, film, session) != 0, "no thread");
	}
	return ACAMERA_OK;
}

int ACameraCaptureSession_stopRepeating(ACameraCaptureSession *session) {
	pthread_mutex_lock(&session->lock);
	session->stop = 1;
	pthread_cond_signal(&session->changed);
	pthread_mutex_unlock(&session->lock);
	return ACAMERA_OK;
}

void ACameraCaptureSession_close(ACameraCaptureSession *session) {
	RULE(session->running && !session->stop, "it still repeats");
	if (session->running) {
		pthread_join(session->thread, NULL);
	}
	if (session->request != NULL) {
		session->request->users--;
	}
	session->outputs->sessions--;
	session->device->sessions--;
	pthread_mutex_lock(&session->reader->lock);
	session->reader->writers--;
	pthread_mutex_unlock(&session->reader->lock);
	pthread_cond_destroy(&session->changed);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

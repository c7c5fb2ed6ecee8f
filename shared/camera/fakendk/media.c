// libmediandk without a phone: images and the readers that hold them. See fake.h.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake.h"

struct AImage {
	AImageReader *reader;
	AImage *next; // in the reader's queue
	int64_t taken;
	int32_t row, chroma_row, chroma_pixel;
	int chroma_length;
	uint8_t *y, *u, *v; // v is within u's memory where the pixels alternate
	uint8_t *memory;
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
	if (fake_script("torn")) {
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

void fake_deliver(AImageReader *reader, int apart) {
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

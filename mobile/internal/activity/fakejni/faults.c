// Calls jni_android.c with a Java that is played here, for a build with a sanitizer. Java may throw at every
// call that it can throw at: then each function must end in the value that its header says, with no
// exception left, and no reference used after its frame. A call while an exception is pending ends the
// process, as Android's own check does.
#include <stdio.h>
#include <stdlib.h>

#include "../jni_android.c"

// A method or field of a class, and what it gives: an object of a class, or a number.
struct member {
	const char *class, *name, *signature, *object;
	long number;
};

static struct member members[] = {
	{"Activity", "checkSelfPermission", "(Ljava/lang/String;)I", NULL, 0},
	{"Activity", "requestPermissions", "([Ljava/lang/String;I)V", NULL, 0},
	{"Activity", "shouldShowRequestPermissionRationale", "(Ljava/lang/String;)Z", NULL, 1},
	{"Activity", "hasWindowFocus", "()Z", NULL, 1},
	{"Activity", "getPackageName", "()Ljava/lang/String;", "some text", 0},
	{"Activity", "startActivity", "(Landroid/content/Intent;)V", NULL, 0},
	{"Activity", "getWindowManager", "()Landroid/view/WindowManager;", "WindowManager", 0},
	{"WindowManager", "getDefaultDisplay", "()Landroid/view/Display;", "Display", 0},
	{"Display", "getRotation", "()I", NULL, 3},
	{"Activity", "getResources", "()Landroid/content/res/Resources;", "Resources", 0},
	{"Resources", "getConfiguration", "()Landroid/content/res/Configuration;", "Configuration", 0},
	{"Configuration", "fontScale", "F", NULL, 2},
	{"Activity", "getIntent", "()Landroid/content/Intent;", "Intent", 0},
	{"Intent", "getFlags", "()I", NULL, 0},
	{"Intent", "getDataString", "()Ljava/lang/String;", "some text", 0},
	{"Activity", "getSystemService", "(Ljava/lang/String;)Ljava/lang/Object;", "PowerManager", 0},
	{"PowerManager", "newWakeLock", "(ILjava/lang/String;)Landroid/os/PowerManager$WakeLock;", "WakeLock", 0},
	{"WakeLock", "setReferenceCounted", "(Z)V", NULL, 0},
	{"WakeLock", "acquire", "(J)V", NULL, 0},
	{"WakeLock", "release", "()V", NULL, 0},
	{"android/net/Uri", "fromParts", "(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri;", "Uri", 0},
	{"android/content/Intent", "<init>", "(Ljava/lang/String;Landroid/net/Uri;)V", "Intent", 0},
	{"android/os/Build", "MODEL", "Ljava/lang/String;", "some text", 0},
};

// A reference: the object's class, or its text. It lives as long as the frame that it was made in.
struct reference {
	char *what;
	int frame;
	struct reference *next;
};

static struct reference *all;
static int frame, pending, countdown, calls;

static void rule(int broken, const char *what) {
	if (broken) {
		fprintf(stderr, "fake JNI: %s\n", what);
		abort();
	}
}

// throws counts a call that Java may throw at, and reports whether it does.
static int throws(void) {
	rule(pending, "a call while an exception is pending");
	calls++;
	pending = --countdown == 0;
	return pending;
}

static jobject refer(const char *what, int in) {
	struct reference *r = malloc(sizeof *r);
	r->what = strdup(what);
	r->frame = in;
	r->next = all;
	all = r;
	return (jobject)r;
}

static const char *what(jobject o) { return ((struct reference *)o)->what; }

static jint push(JNIEnv *env, jint room) {
	(void)env, (void)room;
	if (throws()) {
		return -1;
	}
	frame++;
	return 0;
}

static jobject pop(JNIEnv *env, jobject result) {
	(void)env;
	rule(frame == 0, "a frame too many is closed");
	for (struct reference **r = &all; *r != NULL;) {
		struct reference *old = *r;
		if (old->frame != frame) {
			r = &old->next;
			continue;
		}
		*r = old->next;
		free(old->what);
		free(old);
	}
	frame--;
	return result;
}

static jboolean check(JNIEnv *env) { return (void)env, (jboolean)pending; }
static void clear(JNIEnv *env) { (void)env, pending = 0; }
static jclass class_of(JNIEnv *env, jobject o) {
	(void)env;
	rule(pending, "GetObjectClass while an exception is pending");
	return (jclass)refer(what(o), frame);
}
static jclass find(JNIEnv *env, const char *name) { return (void)env, throws() ? NULL : (jclass)refer(name, frame); }

static void *member(jobject class, const char *name, const char *signature) {
	if (throws()) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		struct member *m = &members[i];
		if (!strcmp(m->class, what(class)) && !strcmp(m->name, name) && !strcmp(m->signature, signature)) {
			return m;
		}
	}
	fprintf(stderr, "fake JNI: no %s.%s%s\n", what(class), name, signature);
	abort();
}

static jmethodID get_method(JNIEnv *env, jclass c, const char *n, const char *s) { return (void)env, (jmethodID)member(c, n, s); }
static jfieldID get_field(JNIEnv *env, jclass c, const char *n, const char *s) { return (void)env, (jfieldID)member(c, n, s); }
static jobject give(void *m) { return throws() ? NULL : refer(((struct member *)m)->object, frame); }
static jobject call_object(JNIEnv *env, jobject o, jmethodID m, ...) { return (void)env, (void)what(o), give(m); }
static jobject call_static(JNIEnv *env, jclass c, jmethodID m, ...) { return (void)env, (void)what(c), give(m); }
static jobject new_object(JNIEnv *env, jclass c, jmethodID m, ...) { return (void)env, (void)what(c), give(m); }
static jobject get_static(JNIEnv *env, jclass c, jfieldID f) { return (void)env, (void)what(c), give(f); }
static long number(jobject o, jmethodID m) { return (void)what(o), throws() ? 0 : ((struct member *)m)->number; }
static jint call_int(JNIEnv *env, jobject o, jmethodID m, ...) { return (void)env, (jint)number(o, m); }
static jboolean call_boolean(JNIEnv *env, jobject o, jmethodID m, ...) { return (void)env, (jboolean)number(o, m); }
static jfloat get_float(JNIEnv *env, jobject o, jfieldID f) { return (void)env, (void)what(o), (jfloat)((struct member *)f)->number; }
static void call_void(JNIEnv *env, jobject o, jmethodID m, ...) { (void)env, (void)number(o, m); }
static jstring new_string(JNIEnv *env, const char *s) { return (void)env, throws() ? NULL : (jstring)refer(s, frame); }
static jobjectArray new_array(JNIEnv *env, jsize n, jclass c, jobject first) {
	return (void)env, (void)n, (void)what(c), (void)what(first), throws() ? NULL : (jobjectArray)refer("array", frame);
}
static const char *chars(JNIEnv *env, jstring s, jboolean *copied) { return (void)env, (void)copied, throws() ? NULL : strdup(what(s)); }
static void release(JNIEnv *env, jstring s, const char *c) { (void)env, (void)s, free((char *)c); }
static jobject global(JNIEnv *env, jobject o) { return (void)env, refer(what(o), -1); }

static const struct JNINativeInterface java = {
	.PushLocalFrame = push, .PopLocalFrame = pop, .ExceptionCheck = check, .ExceptionClear = clear,
	.GetObjectClass = class_of, .FindClass = find, .GetMethodID = get_method, .GetStaticMethodID = get_method,
	.GetStaticFieldID = get_field, .CallObjectMethod = call_object, .CallStaticObjectMethod = call_static,
	.NewObject = new_object, .GetStaticObjectField = get_static, .CallIntMethod = call_int,
	.CallBooleanMethod = call_boolean, .CallVoidMethod = call_void, .GetFieldID = get_field, .GetFloatField = get_float, .NewStringUTF = new_string,
	.NewObjectArray = new_array, .GetStringUTFChars = chars, .ReleaseStringUTFChars = release,
	.NewGlobalRef = global,
};

// string reports whether one came, and frees it.
static int string(char *s) {
	int came = s != NULL && strcmp(s, "some text") == 0;
	free(s);
	return came;
}

static int run(int function, JNIEnv *env, jobject activity) {
	switch (function) {
	case 0:
		return activity_allowed(env, activity, "p");
	case 1:
		return activity_ask(env, activity, "p");
	case 2:
		return activity_refused(env, activity, "p");
	case 3:
		return activity_focused(env, activity);
	case 4:
		return activity_settings(env, activity);
	case 5:
		return activity_turn(env, activity) == 3;
	case 6:
		return string(activity_link(env, activity));
	case 7:
		return string(activity_model(env));
	case 8:
		awake = NULL; // as in a new process
		return activity_awake(env, activity, 1);
	case 9:
		return activity_text(env, activity) == 200;
	default:
		return activity_awake(env, activity, 0);
	}
}

int main(void) {
	JNIEnv env = &java;
	jobject activity = refer("Activity", -1);
	int wrong = 0, tried = 0;
	for (int function = 0; function < 11; function++) {
		calls = countdown = 0;
		if (run(function, &env, activity) != 1) {
			fprintf(stderr, "function %d fails on a good day\n", function);
			wrong++;
		}
		for (int at = 1, most = calls; at <= most; at++, tried++) {
			countdown = at;
			int result = run(function, &env, activity);
			if (result != 0 || pending || frame != 0) {
				fprintf(stderr, "function %d, exception at call %d: gives %d, pending %d, frame %d\n", function, at, result, pending, frame);
				wrong++;
				pending = frame = 0;
			}
		}
	}
	awake = NULL;
	members[13].number = 0x00100000; // an intent from the list of recent apps
	calls = countdown = 0;
	if (string(activity_link(&env, activity))) {
		fprintf(stderr, "an old intent opens the app again\n");
		wrong++;
	}
	while (all != NULL) { // what is global
		struct reference *old = all;
		all = old->next;
		free(old->what);
		free(old);
	}
	printf("%d exceptions, %d wrong\n", tried, wrong);
	return wrong != 0;
}

/* Lists of numbers into arrays, and lists of tokens, for mlsig.

   Both functions only ever say yes. Whatever is not exactly a list of exact floats, ints, bools or strings
   that fit is a no, without an exception, and mlsig's careful path then finds out what is wrong with it.

   Why this is safe:
   - Nothing here calls Python code between a look at a list's size and the last look at its items: only
     exact lists, floats, ints, bools and strings are touched, and a number that cannot be converted ends
     the work at once. The module does not declare that it can do without the GIL, so it is held throughout.
   - References to items are borrowed while that holds, and taken for what is handed out.
   - Numbers are written through a buffer that is writable, contiguous and of the shape that is read. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <stdint.h>
#include <string.h>

#define VERSION 1
#define LARGEST_HALF 65504.0

typedef enum { HALF, SINGLE, DOUBLE, SIGNED, UNSIGNED, TRUTH, OTHER } kind_t;

typedef struct {
    const Py_ssize_t *shape;
    int depth; /* how many extents */
    kind_t kind;
    Py_ssize_t size; /* bytes of one number */
    char *next;      /* where the next number goes */
} target_t;

/* What a format of the buffer protocol is, in native byte order. */
static kind_t
kind_of(const char *format)
{
    if (format == NULL || format[0] == '\0' || format[1] != '\0') {
        return OTHER;
    }
    switch (format[0]) {
    case 'e':
        return HALF;
    case 'f':
        return SINGLE;
    case 'd':
        return DOUBLE;
    case 'b':
    case 'h':
    case 'i':
    case 'l':
    case 'q':
        return SIGNED;
    case 'B':
        return UNSIGNED;
    case '?':
        return TRUTH;
    default:
        return OTHER;
    }
}

/* Write the floats of a row; an int is made a float. */
static int
floats(PyObject *row, Py_ssize_t count, double largest, target_t *into)
{
    kind_t kind = into->kind;
    char *next = into->next;
    for (Py_ssize_t index = 0; index < count; index++) {
        PyObject *item = PyList_GET_ITEM(row, index);
        double number;
        if (PyFloat_CheckExact(item)) {
            number = PyFloat_AS_DOUBLE(item);
        }
        else if (PyLong_CheckExact(item)) {
            number = PyLong_AsDouble(item);
            if (number == -1.0 && PyErr_Occurred()) {
                PyErr_Clear();
                return 0;
            }
        }
        else {
            return 0;
        }
        if (!(number >= -largest && number <= largest)) { /* nor is NaN */
            return 0;
        }
        if (kind == DOUBLE) {
            memcpy(next, &number, sizeof number);
            next += sizeof number;
        }
        else if (kind == SINGLE) {
            float single = (float)number;
            memcpy(next, &single, sizeof single);
            next += sizeof single;
        }
        else {
            if (PyFloat_Pack2(number, next, PY_LITTLE_ENDIAN) < 0) {
                PyErr_Clear();
                return 0;
            }
            next += 2;
        }
    }
    into->next = next;
    return 1;
}

/* Write the ints of a row. */
static int
ints(PyObject *row, Py_ssize_t count, target_t *into)
{
    int bits = (int)(8 * into->size);
    long long low = 0, high = 255;
    if (into->kind == SIGNED) {
        high = (long long)(UINT64_MAX >> (65 - bits));
        low = -high - 1;
    }
    char *next = into->next;
    for (Py_ssize_t index = 0; index < count; index++, next += into->size) {
        PyObject *item = PyList_GET_ITEM(row, index);
        int overflow;
        if (!PyLong_CheckExact(item)) {
            return 0;
        }
        long long number = PyLong_AsLongLongAndOverflow(item, &overflow);
        if (overflow || number < low || number > high) {
            return 0;
        }
        if (into->size == 1) {
            *next = (char)(unsigned char)number;
        }
        else if (into->size == 2) {
            int16_t value = (int16_t)number;
            memcpy(next, &value, sizeof value);
        }
        else if (into->size == 4) {
            int32_t value = (int32_t)number;
            memcpy(next, &value, sizeof value);
        }
        else {
            int64_t value = (int64_t)number;
            memcpy(next, &value, sizeof value);
        }
    }
    into->next = next;
    return 1;
}

/* Write the bools of a row. */
static int
bools(PyObject *row, Py_ssize_t count, target_t *into)
{
    for (Py_ssize_t index = 0; index < count; index++) {
        PyObject *item = PyList_GET_ITEM(row, index);
        if (item != Py_True && item != Py_False) {
            return 0;
        }
        *into->next++ = item == Py_True;
    }
    return 1;
}

/* Write the numbers of nested lists, of the extents from `depth` on. */
static int
rows(PyObject *values, int depth, target_t *into)
{
    Py_ssize_t count = into->shape[depth];
    if (!PyList_CheckExact(values) || PyList_GET_SIZE(values) != count) {
        return 0;
    }
    if (depth + 1 < into->depth) {
        for (Py_ssize_t index = 0; index < count; index++) {
            if (!rows(PyList_GET_ITEM(values, index), depth + 1, into)) {
                return 0;
            }
        }
        return 1;
    }
    switch (into->kind) {
    case HALF:
        return floats(values, count, LARGEST_HALF, into);
    case SINGLE:
        return floats(values, count, FLT_MAX, into);
    case DOUBLE:
        return floats(values, count, DBL_MAX, into);
    case SIGNED:
    case UNSIGNED:
        return ints(values, count, into);
    case TRUTH:
        return bools(values, count, into);
    case OTHER:
        break;
    }
    return 0;
}

PyDoc_STRVAR(fill_doc,
             "fill(values, into, /)\n--\n\n"
             "Write nested lists of numbers into an array of their shape, and say whether they all fit.\n\n"
             "Raises:\n"
             "    BufferError: `into` is not writable, or not contiguous.\n"
             "    TypeError: `into` is no array.");

static PyObject *
fill(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 2) {
        PyErr_Format(PyExc_TypeError, "fill takes 2 arguments, not %zd", count);
        return NULL;
    }
    Py_buffer buffer;
    if (PyObject_GetBuffer(arguments[1], &buffer, PyBUF_WRITABLE | PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) < 0) {
        return NULL;
    }
    target_t into = {buffer.shape, buffer.ndim, kind_of(buffer.format), buffer.itemsize, buffer.buf};
    int done = 0;
    if (into.depth > 0 && into.kind != OTHER) {
        done = rows(arguments[0], 0, &into);
    }
    PyBuffer_Release(&buffer);
    return PyBool_FromLong(done);
}

/* Whether an exact int is below 0. */
static int
is_negative(PyObject *number)
{
#if PY_VERSION_HEX >= 0x030E0000
    return PyLong_IsNegative(number) == 1;
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyLong_Sign(number) < 0;
#else
    return Py_SIZE(number) < 0;
#endif
}

PyDoc_STRVAR(tokens_doc,
             "tokens(values, /)\n--\n\n"
             "Return a new list of the ints from 0 and strings of a list, or None where there is anything else.");

static PyObject *
tokens(PyObject *Py_UNUSED(module), PyObject *values)
{
    if (!PyList_CheckExact(values)) {
        Py_RETURN_NONE;
    }
    Py_ssize_t count = PyList_GET_SIZE(values);
    PyObject *found = PyList_New(count);
    if (found == NULL) {
        return NULL;
    }
    /* Making a list can collect garbage, and that can run anything: the size is asked for again. */
    Py_ssize_t index = 0;
    if (PyList_GET_SIZE(values) == count) {
        for (; index < count; index++) {
            PyObject *item = PyList_GET_ITEM(values, index);
            if (!(PyLong_CheckExact(item) && !is_negative(item)) && !PyUnicode_CheckExact(item)) {
                break;
            }
            Py_INCREF(item);
            PyList_SET_ITEM(found, index, item);
        }
    }
    if (index < count) {
        Py_DECREF(found);
        Py_RETURN_NONE;
    }
    return found;
}

static PyMethodDef methods[] = {
    {"fill", (PyCFunction)(void (*)(void))fill, METH_FASTCALL, fill_doc},
    {"tokens", tokens, METH_O, tokens_doc},
    {NULL, NULL, 0, NULL},
};

static int
start(PyObject *module)
{
    return PyModule_AddIntConstant(module, "VERSION", VERSION);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, start},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_kernel",
    .m_doc = "Lists of numbers into arrays, and lists of tokens.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}

/* Lists of numbers into arrays, lists of tokens, and arrays of numbers out of JSON text, for mlsig.
   (Records are made in `_plan.c`.)

   Each function only ever says yes. Whatever is not exactly a list of exact floats, ints, bools or strings
   that fit is a no, without an exception, and mlsig's careful path then finds out what is wrong with it.

   Why this is safe:
   - Nothing here calls Python code between a look at a list's size and the last look at its items: only
     exact lists, floats, ints, bools and strings are touched, and a number that cannot be converted ends
     the work at once. The GIL is held throughout; Pythons without one have no kernel.
   - References to items are borrowed while that holds, and taken for what is handed out.
   - Numbers are written through a buffer that is writable, contiguous and of the shape that is read.
   - Text is read of `bytes`, which do not change and end with a NUL that no rule of JSON goes past. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef Py_GIL_DISABLED
#error "mlsig-kernel relies on the GIL: mlsig does without it in this Python"
#endif

#define VERSION 2
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
#if PY_VERSION_HEX < 0x030C0000
    return Py_SIZE(number) < 0;
#else
    if (PyUnstable_Long_IsCompact((PyLongObject *)number)) {
        return PyUnstable_Long_CompactValue((PyLongObject *)number) < 0;
    }
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return overflow < 0 || (overflow == 0 && value < 0);
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

/* --- JSON text ------------------------------------------------------------------------------------- */

#define DEEPEST 8
#define MOST_DIGITS 19 /* that fit 64 bits, whatever they are */
#define POWERS 28

typedef struct {
    double *numbers;
    size_t count, room;
    Py_ssize_t shape[DEEPEST];
    int rank; /* 0 while unknown */
} nest_t;

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 wide_t;

/* 10^-n is (high * 2^64 + low) * 2^-(127 + bits), rounded down, the highest bit of `high` being set. */
static struct {
    uint64_t high, low;
    int bits;
} inverses[POWERS];

static void
invert_powers(void)
{
    wide_t power = 1;
    for (int n = 1; n < POWERS; n++) {
        power *= 10;
        int bits = 0;
        for (wide_t rest = power; rest; rest >>= 1) {
            bits++;
        }
        /* Long division of 2^(127 + bits) by the power, bit by bit; the first 2^(bits - 1) is below it. */
        wide_t rest = (wide_t)1 << (bits - 1), quotient = 0;
        for (int step = 0; step < 128; step++) {
            rest <<= 1;
            quotient <<= 1;
            if (rest >= power) {
                rest -= power;
                quotient |= 1;
            }
        }
        inverses[n].high = (uint64_t)(quotient >> 64);
        inverses[n].low = (uint64_t)quotient;
        inverses[n].bits = bits;
    }
}

/* Set `found` to digits / 10^n, rounded to nearest; 0 where the few bits that are left out could matter. */
static int
divided(uint64_t digits, int n, double *found)
{
    int shift = __builtin_clzll(digits);
    digits <<= shift;
    wide_t low = (wide_t)digits * inverses[n].low;
    wide_t top = (wide_t)digits * inverses[n].high + (uint64_t)(low >> 64);
    /* The true product is `top` and less than 2 units of its last place more. */
    int drop = 74 + (int)(top >> 127); /* what is left are 53 bits */
    wide_t half = (wide_t)1 << (drop - 1);
    wide_t rest = top & ((half << 1) - 1);
    if (rest <= half && rest + 2 >= half) {
        return 0;
    }
    uint64_t kept = (uint64_t)(top >> drop) + (rest > half);
    uint64_t scale = (uint64_t)(1023 + drop + 64 - shift - 127 - inverses[n].bits) << 52;
    double power;
    memcpy(&power, &scale, sizeof power);
    *found = (double)kept * power;
    return 1;
}

#else

static void
invert_powers(void)
{
}

static int
divided(uint64_t Py_UNUSED(digits), int Py_UNUSED(n), double *Py_UNUSED(found))
{
    return 0;
}

#endif

static const char *
past_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') {
        at++;
    }
    return at;
}

static int
is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* Read digits into a number that wraps around; eight at a time where there are as many. */
static const char *
past_digits(const char *at, const char *end, uint64_t *number)
{
    uint64_t found = *number;
#if PY_LITTLE_ENDIAN
    while (end - at >= 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        uint64_t over = (eight + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u;
        if (((eight & 0xF0F0F0F0F0F0F0F0u) | (over >> 4)) != 0x3333333333333333u) {
            break;
        }
        eight -= 0x3030303030303030u;
        eight = eight * 10 + (eight >> 8); /* pairs, in every other byte */
        eight = ((eight & 0x000000FF000000FFu) * (100 + ((uint64_t)1000000 << 32))
                 + ((eight >> 16) & 0x000000FF000000FFu) * (1 + ((uint64_t)10000 << 32)))
                >> 32;
        found = found * 100000000 + eight;
        at += 8;
    }
#else
    (void)end;
#endif
    while (is_digit(*at)) {
        found = found * 10 + (uint64_t)(*at++ - '0');
    }
    *number = found;
    return at;
}

/* Read a number as JSON writes them; NULL where there is none, or none that is finite. */
static const char *
number_at(const char *at, const char *end, double *found)
{
    const char *begin = at;
    int negative = *at == '-', whole = 1;
    at += negative;
    const char *digits = at;
    uint64_t value = 0;
    if (*at == '0') {
        at++;
    }
    else if (is_digit(*at)) {
        at = past_digits(at, end, &value);
    }
    else {
        return NULL;
    }
    Py_ssize_t count = at - digits;
    long exponent = 0;
    if (*at == '.') {
        const char *fraction = ++at;
        at = past_digits(at, end, &value);
        if (at == fraction) {
            return NULL;
        }
        whole = 0;
        count += at - fraction;
        exponent = -(long)(at - fraction);
    }
    if (count > MOST_DIGITS) {
        for (; *digits == '0' || *digits == '.'; digits++) {
            count -= *digits == '0';
        }
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        int below = *at == '-';
        at += below || *at == '+';
        if (!is_digit(*at)) {
            return NULL;
        }
        long power = 0;
        for (; is_digit(*at); at++) {
            power = power < 100000 ? power * 10 + (*at - '0') : power;
        }
        whole = 0;
        exponent += below ? -power : power;
    }
    double number;
    if (count <= MOST_DIGITS && value == 0) {
        number = 0.0;
    }
    else if (count <= MOST_DIGITS && exponent == 0) {
        number = (double)value;
    }
    else if (count <= MOST_DIGITS && value <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        number = exponent < 0 ? (double)value / exact_powers[-exponent] : (double)value * exact_powers[exponent];
    }
    else if (!(count <= MOST_DIGITS && exponent < 0 && exponent > -POWERS
               && divided(value, (int)-exponent, &number))) {
        char *after;
        number = PyOS_string_to_double(begin, &after, NULL);
        if (after != at || PyErr_Occurred() || !isfinite(number)) {
            PyErr_Clear();
            return NULL;
        }
        *found = number == 0.0 && whole ? 0.0 : number;
        return at;
    }
    *found = negative && !(whole && value == 0) ? -number : number; /* -0 is an int, and they have one 0 */
    return at;
}

/* Read a nested array of numbers; NULL where it is none, or its rows differ in length. */
static const char *
nest_at(const char *at, const char *end, int depth, nest_t *nest)
{
    if (depth == DEEPEST) {
        return NULL;
    }
    at = past_space(at + 1);
    int inner = *at == '[';
    if (nest->rank == 0 && !inner) {
        nest->rank = depth + 1;
    }
    if (nest->rank != 0 && inner != (depth + 1 < nest->rank)) {
        return NULL;
    }
    Py_ssize_t count = 0;
    for (;;) {
        if (inner) {
            if (*at != '[' || (at = nest_at(at, end, depth + 1, nest)) == NULL) {
                return NULL;
            }
        }
        else {
            if (nest->count == nest->room) {
                size_t room = nest->room * 2 + 64;
                double *more = PyMem_Realloc(nest->numbers, room * sizeof *more);
                if (more == NULL) {
                    return NULL;
                }
                nest->numbers = more;
                nest->room = room;
            }
            if ((at = number_at(at, end, &nest->numbers[nest->count])) == NULL) {
                return NULL;
            }
            nest->count++;
        }
        count++;
        at = past_space(at);
        if (*at == ']') {
            break;
        }
        if (*at != ',') {
            return NULL;
        }
        at = past_space(at + 1);
    }
    if (nest->shape[depth] == 0) {
        nest->shape[depth] = count;
    }
    return nest->shape[depth] == count ? at + 1 : NULL;
}

/* Add an array to a list of them, as its shape and its numbers in memory. */
static int
keep(PyObject *found, const nest_t *nest)
{
    PyObject *shape = PyTuple_New(nest->rank);
    if (shape == NULL) {
        return 0;
    }
    for (int depth = 0; depth < nest->rank; depth++) {
        PyObject *size = PyLong_FromSsize_t(nest->shape[depth]);
        if (size == NULL) {
            Py_DECREF(shape);
            return 0;
        }
        PyTuple_SET_ITEM(shape, depth, size);
    }
    PyObject *pair = Py_BuildValue(
        "(Ny#)", shape, (const char *)nest->numbers, (Py_ssize_t)(nest->count * sizeof *nest->numbers));
    if (pair == NULL) {
        return 0;
    }
    int failed = PyList_Append(found, pair);
    Py_DECREF(pair);
    return !failed;
}

/* Copy a text without its arrays of numbers; the end of the copy, or NULL. */
static char *
without_arrays(const char *at, const char *end, Py_ssize_t least, char *to, PyObject *found, nest_t *nest)
{
    while (at < end) {
        if (*at == '"') {
            const char *begin = at++;
            while (at < end && *at != '"') {
                if (*at == '\\') {
                    if (end - at >= 6 && memcmp(at, "\\u0001", 6) == 0) {
                        return NULL; /* what stands for an array here */
                    }
                    at++;
                }
                at++;
            }
            if (at >= end) {
                return NULL;
            }
            at++;
            memcpy(to, begin, (size_t)(at - begin));
            to += at - begin;
            continue;
        }
        if (*at == '[') {
            nest->count = 0;
            nest->rank = 0;
            memset(nest->shape, 0, sizeof nest->shape);
            const char *after = nest_at(at, end, 0, nest);
            if (after != NULL && after - at >= least) {
                /* `least` is more than what is written in its place, so the copy has room. */
                to += sprintf(to, "\"\\u0001%zd\"", PyList_GET_SIZE(found));
                if (!keep(found, nest)) {
                    return NULL;
                }
                at = after;
                continue;
            }
        }
        *to++ = *at++;
    }
    return to;
}

PyDoc_STRVAR(cut_doc,
             "cut(text, least, /)\n--\n\n"
             "Return JSON text without its arrays of numbers of at least so many bytes, and those arrays.\n\n"
             "In place of the first stands the string \"\\\\u00010\", of the second \"\\\\u00011\", and so on. An array is\n"
             "its shape and its numbers in memory, each a float as Python has it. None for text that cannot be\n"
             "cut: it has such a string of its own, or is no JSON. (What is left may still be no JSON.)");

static PyObject *
cut(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *text;
    Py_ssize_t least;
    if (!PyArg_ParseTuple(arguments, "Sn:cut", &text, &least)) {
        return NULL;
    }
    const char *begin = PyBytes_AS_STRING(text);
    Py_ssize_t size = PyBytes_GET_SIZE(text);
    PyObject *found = PyList_New(0);
    if (found == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    nest_t nest = {0};
    char *copy = PyMem_Malloc((size_t)size + 1);
    if (copy != NULL) {
        char *end = without_arrays(begin, begin + size, least < 40 ? 40 : least, copy, found, &nest);
        if (end != NULL) {
            result = Py_BuildValue("(y#O)", copy, (Py_ssize_t)(end - copy), found);
        }
        else if (!PyErr_Occurred()) {
            result = Py_NewRef(Py_None);
        }
    }
    else {
        PyErr_NoMemory();
    }
    PyMem_Free(copy);
    PyMem_Free(nest.numbers);
    Py_DECREF(found);
    return result;
}

static PyMethodDef methods[] = {
    {"cut", cut, METH_VARARGS, cut_doc},
    {"fill", (PyCFunction)(void (*)(void))fill, METH_FASTCALL, fill_doc},
    {"tokens", tokens, METH_O, tokens_doc},
    {NULL, NULL, 0, NULL},
};

int add_plans(PyObject *module); /* of `_plan.c` */

static int
start(PyObject *module)
{
    invert_powers();
    return PyModule_AddIntConstant(module, "VERSION", VERSION) < 0 ? -1 : add_plans(module);
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
    .m_doc = "Arrays and token lists of lists, arrays of JSON text, and records of dicts.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}

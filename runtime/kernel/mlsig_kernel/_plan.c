/* Plans: what classes of records hold, as data, and a walk that makes records of plain dicts by them.

   A plan only ever says yes. Whatever is not exactly a dict, list, str, int, float, bool or None that fits
   is a doubt: None is returned, without an exception, and mlsig's other paths then find out.

   Why this is safe:
   - Only exact types are touched, dicts of the data are walked and not asked for keys, and only exact strings
     and ints are looked up, so nothing of the data's is called. What can run Python code is collecting garbage
     while memory is asked for, making a default, and a `read` of the plan's own; around them every container
     that is walked is held by a reference of our own, values are held from when they are taken, and sizes are
     asked for again at each step.
   - Data nested deeper than DEEPEST is a doubt, so the stack is bounded, cycles included.
   - A record is allocated as Python allocates all instances of classes that are written in Python, and its
     members are set where the class's own member descriptors say, which is what `descriptor.__set__` does.
     Nothing is known here of msgspec: a class has a plan only where the members that the plan sets are all
     that its records have in memory (`parse_fields`). Nobody else has seen the record yet. One that garbage
     collection tracks is left untracked where nothing inside it can be tracked, as msgspec does.
   - A plan does not change once it is made, and nobody sees it before. The GIL is held throughout; Pythons
     without one have no kernel. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <stdint.h>
#include <string.h>

#define DEEPEST 64
#define MOST_FIELDS 64
#define FEW 4

typedef struct node node_t;
typedef struct record record_t;

struct node {
    char kind;              /* one of the letters in `parse_node` */
    char nullable;
    char bounded;           /* ints */
    char few;               /* options: how many are in `near` */
    Py_ssize_t low, high;   /* lengths */
    long long least, most;  /* ints */
    long long multiple;     /* ints; 0 is any */
    double floor, ceiling;  /* floats */
    PyObject *object;       /* options: a dict of them; reads: what reads; unions: record numbers by tag */
    PyObject *tag;          /* unions: the name of the field that tells records apart, or NULL */
    PyObject *near[FEW];    /* options: the first keys, borrowed of the dict */
    PyObject *meant[FEW];   /* options: what they stand for, borrowed too */
    node_t *inner;          /* lists and maps: one; unions: those that are no records by tag */
    Py_ssize_t inners;      /* how many */
    const record_t *record; /* records; unions: all of the plan's */
};

typedef struct {
    PyObject *name;    /* interned */
    Py_ssize_t offset; /* where a record has it */
    PyObject *value;   /* the default, or NULL */
    PyObject *factory; /* what makes the default, or NULL */
    node_t node;
} field_t;

struct record {
    PyTypeObject *type;
    PyObject *names; /* the number of the field that each name and alias stands for */
    Py_ssize_t count;
    field_t *fields;
    int open; /* unknown keys are no matter */
};

typedef struct {
    PyObject_HEAD
    Py_ssize_t count;
    record_t *records; /* the first is what the plan is of */
} plan_t;

/* --- reading --------------------------------------------------------------------------------------- */

/* A new reference to what a value is read as, or NULL: a doubt where no exception is set. */
static PyObject *read_value(const node_t *node, PyObject *value, int depth);

/* Forget what a doubt has raised; whether there is an exception that stops a program. */
static int
is_halted(void)
{
    if (PyErr_Occurred() == NULL) {
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_Exception)) {
        return 1; /* such as KeyboardInterrupt */
    }
    PyErr_Clear();
    return 0;
}

#if PY_VERSION_HEX < 0x030C0000
#define IS_READY(text) PyUnicode_IS_READY(text)
#else
#define IS_READY(text) 1
#endif

static int
is_same_text(PyObject *left, PyObject *right)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(left);
    return length == PyUnicode_GET_LENGTH(right) && PyUnicode_KIND(left) == PyUnicode_KIND(right)
           && memcmp(PyUnicode_DATA(left), PyUnicode_DATA(right), (size_t)length * PyUnicode_KIND(left)) == 0;
}

static PyObject *
read_option(const node_t *node, PyObject *value)
{
    for (int index = 0; index < node->few; index++) {
        if (node->near[index] == value) {
            return Py_NewRef(node->meant[index]);
        }
    }
    if (!PyUnicode_CheckExact(value) && !PyLong_CheckExact(value)) {
        return NULL;
    }
    return Py_XNewRef(PyDict_GetItemWithError(node->object, value));
}

static PyObject *
read_integer(const node_t *node, PyObject *value)
{
    if (!PyLong_CheckExact(value)) {
        return NULL;
    }
    if (node->bounded) {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow || number < node->least || number > node->most) {
            return NULL;
        }
        if (node->multiple && number % node->multiple) {
            return NULL;
        }
    }
    return Py_NewRef(value);
}

static PyObject *
read_number(const node_t *node, PyObject *value)
{
    if (PyFloat_CheckExact(value)) {
        double number = PyFloat_AS_DOUBLE(value);
        return number >= node->floor && number <= node->ceiling ? Py_NewRef(value) : NULL;
    }
    if (!PyLong_CheckExact(value)) {
        return NULL;
    }
    double number = PyLong_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear(); /* it is too large */
        return NULL;
    }
    return number >= node->floor && number <= node->ceiling ? PyFloat_FromDouble(number) : NULL;
}

static PyObject *
read_list(const node_t *node, PyObject *values, int depth)
{
    if (!PyList_CheckExact(values) || depth == DEEPEST) {
        return NULL;
    }
    Py_ssize_t count = PyList_GET_SIZE(values);
    if (count < node->low || count > node->high) {
        return NULL;
    }
    PyObject *found = PyList_New(count);
    if (found == NULL) {
        return NULL;
    }
    const node_t *inner = node->inner;
    for (Py_ssize_t index = 0; index < count; index++) {
        if (index >= PyList_GET_SIZE(values)) {
            Py_DECREF(found);
            return NULL;
        }
        PyObject *item = read_value(inner, PyList_GET_ITEM(values, index), depth + 1);
        if (item == NULL) {
            Py_DECREF(found);
            return NULL;
        }
        PyList_SET_ITEM(found, index, item);
    }
    return found;
}

static PyObject *
read_map(const node_t *node, PyObject *values, int depth)
{
    if (!PyDict_CheckExact(values) || depth == DEEPEST) {
        return NULL;
    }
    Py_ssize_t count = PyDict_GET_SIZE(values);
    if (count < node->low || count > node->high) {
        return NULL;
    }
    PyObject *found = PyDict_New();
    if (found == NULL) {
        return NULL;
    }
    Py_ssize_t at = 0;
    PyObject *key, *value;
    while (PyDict_Next(values, &at, &key, &value)) {
        if (!PyUnicode_CheckExact(key)) {
            Py_DECREF(found);
            return NULL;
        }
        Py_INCREF(key);
        PyObject *item = read_value(node->inner, value, depth + 1);
        int failed = item == NULL || PyDict_SetItem(found, key, item) < 0;
        Py_DECREF(key);
        Py_XDECREF(item);
        if (failed) {
            Py_DECREF(found);
            return NULL;
        }
    }
    if (PyDict_GET_SIZE(found) != count) { /* somebody took some away, or added some */
        Py_DECREF(found);
        return NULL;
    }
    return found;
}

/* The number of the field that a key stands for; -1 where there is none, -2 for what is no exact string. */
static Py_ssize_t
field_of(const record_t *record, PyObject *key, Py_ssize_t expected)
{
    if (expected < record->count && record->fields[expected].name == key) {
        return expected;
    }
    if (!PyUnicode_CheckExact(key) || !IS_READY(key)) {
        return -2;
    }
    if (expected < record->count && is_same_text(record->fields[expected].name, key)) {
        return expected;
    }
    PyObject *number = PyDict_GetItemWithError(record->names, key);
    return number == NULL ? (PyErr_Occurred() ? -2 : -1) : PyLong_AsSsize_t(number);
}

/* Read the members of a dict into `found`, which is all NULL; whether all fit. */
static int
read_members(const record_t *record, PyObject *data, PyObject **found, int depth)
{
    Py_ssize_t at = 0, expected = 0, left = record->count;
    PyObject *key, *value;
    while (PyDict_Next(data, &at, &key, &value)) {
        Py_ssize_t index = field_of(record, key, expected);
        if (index < 0) {
            if (index == -1 && record->open) {
                continue;
            }
            return 0;
        }
        if (found[index] != NULL) { /* under its name and its alias */
            return 0;
        }
        found[index] = read_value(&record->fields[index].node, value, depth);
        if (found[index] == NULL) {
            return 0;
        }
        expected = index + 1;
        left--;
    }
    for (Py_ssize_t index = 0; left > 0 && index < record->count; index++) {
        if (found[index] != NULL) {
            continue;
        }
        const field_t *field = &record->fields[index];
        found[index] = field->value != NULL     ? Py_NewRef(field->value)
                       : field->factory != NULL ? PyObject_CallNoArgs(field->factory)
                                                : NULL;
        if (found[index] == NULL) {
            return 0;
        }
        left--;
    }
    return 1;
}

static PyObject *
read_record(const record_t *record, PyObject *data, int depth)
{
    if (!PyDict_CheckExact(data) || depth == DEEPEST) {
        return NULL;
    }
    Py_ssize_t count = record->count;
    PyObject *found[MOST_FIELDS];
    memset(found, 0, (size_t)count * sizeof *found);
    PyObject *made = NULL;
    if (read_members(record, data, found, depth + 1)) {
        made = record->type->tp_alloc(record->type, 0);
    }
    if (made == NULL) {
        for (Py_ssize_t index = 0; index < count; index++) {
            Py_XDECREF(found[index]);
        }
        return NULL;
    }
    for (Py_ssize_t index = 0; index < count; index++) {
        *(PyObject **)((char *)made + record->fields[index].offset) = found[index];
    }
    if (PyObject_IS_GC(made)) {
        for (Py_ssize_t index = 0; index < count; index++) {
            if (PyObject_IS_GC(found[index])) { /* it may be tracked later, if it is not yet */
                return made;
            }
        }
        PyObject_GC_UnTrack(made);
    }
    return made;
}

/* The record that a dict is meant to be, going by the field that tells them apart; NULL in doubt. */
static const record_t *
tagged(const node_t *node, PyObject *data)
{
    Py_ssize_t at = 0;
    PyObject *key, *value;
    while (PyDict_Next(data, &at, &key, &value)) {
        if (key != node->tag
            && !(PyUnicode_CheckExact(key) && IS_READY(key) && is_same_text(key, node->tag))) {
            continue;
        }
        PyObject *number =
            PyUnicode_CheckExact(value) ? PyDict_GetItemWithError(node->object, value) : NULL;
        return number == NULL ? NULL : &node->record[PyLong_AsSsize_t(number)];
    }
    return NULL;
}

static PyObject *
read_union(const node_t *node, PyObject *value, int depth)
{
    if (depth == DEEPEST) {
        return NULL;
    }
    if (node->tag != NULL && PyDict_CheckExact(value)) {
        const record_t *record = tagged(node, value);
        return record == NULL ? NULL : read_record(record, value, depth + 1);
    }
    for (Py_ssize_t index = 0; index < node->inners; index++) {
        PyObject *found = read_value(&node->inner[index], value, depth + 1);
        if (found != NULL || is_halted()) {
            return found;
        }
    }
    return NULL;
}

static PyObject *
read_held(const node_t *node, PyObject *value, int depth)
{
    /* Whatever holds the value may lose it while it is read, as that may run Python code. */
    PyObject *found = NULL;
    Py_INCREF(value);
    switch (node->kind) {
    case 'r':
        found = read_record(node->record, value, depth);
        break;
    case 'l':
        found = read_list(node, value, depth);
        break;
    case 'm':
        found = read_map(node, value, depth);
        break;
    case 'u':
        found = read_union(node, value, depth);
        break;
    case 'c':
        found = PyObject_CallOneArg(node->object, value);
        break;
    }
    Py_DECREF(value);
    return found;
}

static PyObject *
read_value(const node_t *node, PyObject *value, int depth)
{
    if (value == Py_None && node->nullable) {
        return Py_NewRef(value);
    }
    switch (node->kind) {
    case 's':
        if (PyUnicode_CheckExact(value) && IS_READY(value) && PyUnicode_GET_LENGTH(value) >= node->low
            && PyUnicode_GET_LENGTH(value) <= node->high) {
            return Py_NewRef(value);
        }
        return NULL;
    case 'i':
        return read_integer(node, value);
    case 'f':
        return read_number(node, value);
    case 'b':
        return value == Py_True || value == Py_False ? Py_NewRef(value) : NULL;
    case 'o':
        return read_option(node, value);
    case 'a':
        return Py_NewRef(value);
    default:
        return read_held(node, value, depth);
    }
}

/* What is handed out for what was found: itself, or None for a doubt. */
static PyObject *
answer(PyObject *found)
{
    if (found != NULL || is_halted()) {
        return found;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(read_doc, "read(data, /)\n--\n\nReturn a record made of a dict, or None in doubt.");

static PyObject *
plan_read(PyObject *self, PyObject *data)
{
    return answer(read_record(((plan_t *)self)->records, data, 0));
}

PyDoc_STRVAR(read_many_doc,
             "read_many(items, /)\n--\n\nReturn the records made of a list of dicts, or None in doubt.");

static PyObject *
plan_read_many(PyObject *self, PyObject *items)
{
    node_t each = {.kind = 'r', .record = ((plan_t *)self)->records};
    node_t all = {.kind = 'l', .high = PY_SSIZE_T_MAX, .inner = &each};
    return answer(read_value(&all, items, 0));
}

/* --- making plans ---------------------------------------------------------------------------------- */

static void
free_node(node_t *node)
{
    Py_CLEAR(node->object);
    Py_CLEAR(node->tag);
    for (Py_ssize_t index = 0; index < node->inners; index++) {
        free_node(&node->inner[index]);
    }
    PyMem_Free(node->inner);
    node->inner = NULL;
    node->inners = 0;
}

static void
free_plan(plan_t *plan)
{
    record_t *records = plan->records;
    Py_ssize_t count = plan->count;
    plan->records = NULL;
    plan->count = 0;
    for (Py_ssize_t number = 0; number < count; number++) {
        record_t *record = &records[number];
        for (Py_ssize_t index = 0; index < record->count; index++) {
            field_t *field = &record->fields[index];
            Py_CLEAR(field->name);
            Py_CLEAR(field->value);
            Py_CLEAR(field->factory);
            free_node(&field->node);
        }
        PyMem_Free(record->fields);
        Py_CLEAR(record->names);
        Py_CLEAR(record->type);
    }
    PyMem_Free(records);
}

static int parse_node(plan_t *plan, PyObject *said, node_t *node, int depth);

/* Read the nodes that stand inside another. */
static int
parse_inners(plan_t *plan, PyObject *const *said, Py_ssize_t count, node_t *node, int depth)
{
    node->inner = PyMem_Calloc((size_t)count + 1, sizeof *node->inner);
    if (node->inner == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    node->inners = count;
    for (Py_ssize_t index = 0; index < count; index++) {
        if (!parse_node(plan, said[index], &node->inner[index], depth + 1)) {
            return 0;
        }
    }
    return 1;
}

/* Whether an exception was set, as the plan has no record of a number. */
static int
is_no_record(const plan_t *plan, Py_ssize_t number)
{
    if (number < 0 || number >= plan->count) {
        PyErr_SetString(PyExc_IndexError, "the plan has no such record");
        return 1;
    }
    return 0;
}

/* Read what tells the records of a union apart, None where there are none: a field, and their numbers. */
static int
parse_tags(plan_t *plan, node_t *node, PyObject *tag, PyObject *tags)
{
    node->record = plan->records;
    if (tag == Py_None) {
        return 1;
    }
    if (!PyUnicode_CheckExact(tag)) {
        PyErr_SetString(PyExc_TypeError, "names are exact strings");
        return 0;
    }
    node->tag = Py_NewRef(tag);
    PyUnicode_InternInPlace(&node->tag);
    if ((node->object = PyDict_Copy(tags)) == NULL) {
        return 0;
    }
    Py_ssize_t at = 0;
    PyObject *key, *number;
    while (PyDict_Next(node->object, &at, &key, &number)) {
        if (!PyUnicode_CheckExact(key) || !PyLong_CheckExact(number)) {
            PyErr_SetString(PyExc_TypeError, "tags are strings, each with the number of a record");
            return 0;
        }
        if (is_no_record(plan, PyLong_AsSsize_t(number))) {
            return 0;
        }
    }
    return 1;
}

static int
parse_options(node_t *node, PyObject *options)
{
    PyObject *copy = PyDict_Copy(options);
    if (copy == NULL) {
        return 0;
    }
    node->object = copy;
    Py_ssize_t at = 0;
    PyObject *key, *value;
    while (PyDict_Next(copy, &at, &key, &value)) {
        if (!PyUnicode_CheckExact(key) && !PyLong_CheckExact(key)) {
            PyErr_SetString(PyExc_TypeError, "options are strings and ints");
            return 0;
        }
        if (node->few < FEW) {
            node->near[(int)node->few] = key;
            node->meant[(int)node->few++] = value;
        }
    }
    return 1;
}

/* Read what a node is: a letter, whether null will do, and what more its letter asks for. */
static int
parse_node(plan_t *plan, PyObject *said, node_t *node, int depth)
{
    PyObject *rest = NULL;
    int letter, nullable;
    if (depth == DEEPEST) {
        PyErr_SetString(PyExc_ValueError, "is nested too deeply for a plan");
        return 0;
    }
    if (!PyTuple_CheckExact(said)) {
        PyErr_SetString(PyExc_TypeError, "a node is a tuple");
        return 0;
    }
    if (!PyArg_ParseTuple(said, "CpO!:node", &letter, &nullable, &PyTuple_Type, &rest)) {
        return 0;
    }
    node->nullable = (char)nullable;
    node->kind = (char)letter;
    switch (letter) {
    case 's': /* a string: the bounds of its length */
        return PyArg_ParseTuple(rest, "nn:string", &node->low, &node->high);
    case 'i': { /* an int: its bounds, or none, and what it is a multiple of */
        node->bounded = PyTuple_GET_SIZE(rest) != 0;
        if (node->bounded && !PyArg_ParseTuple(rest, "LLL:int", &node->least, &node->most, &node->multiple)) {
            return 0;
        }
        if (node->multiple < 0) {
            PyErr_SetString(PyExc_ValueError, "ints are multiples of something above 0");
            return 0;
        }
        return 1;
    }
    case 'f': /* a float: its bounds */
        return PyArg_ParseTuple(rest, "dd:float", &node->floor, &node->ceiling);
    case 'b': /* a bool */
    case 'a': /* anything, which is left as it is */
        return PyArg_ParseTuple(rest, ":bool");
    case 'o': { /* options: what each string or int stands for */
        PyObject *options;
        return PyArg_ParseTuple(rest, "O!:options", &PyDict_Type, &options) && parse_options(node, options);
    }
    case 'l':   /* a list: what its items are, and the bounds of its length */
    case 'm': { /* a map: the same of its values */
        PyObject *inner;
        return PyArg_ParseTuple(rest, "O!nn:list", &PyTuple_Type, &inner, &node->low, &node->high)
               && parse_inners(plan, &inner, 1, node, depth);
    }
    case 'u': { /* a union: the field that tells records apart, their numbers by its text, and the others */
        PyObject *tag, *tags, *others;
        return PyArg_ParseTuple(rest, "OO!O!:union", &tag, &PyDict_Type, &tags, &PyTuple_Type, &others)
               && parse_tags(plan, node, tag, tags)
               && parse_inners(plan, ((PyTupleObject *)others)->ob_item, PyTuple_GET_SIZE(others), node, depth);
    }
    case 'r': { /* a record, by its number */
        Py_ssize_t number;
        if (!PyArg_ParseTuple(rest, "n:record", &number)) {
            return 0;
        }
        if (is_no_record(plan, number)) {
            return 0;
        }
        node->record = &plan->records[number];
        return 1;
    }
    case 'c': { /* what a callable makes of it */
        PyObject *read;
        if (!PyArg_ParseTuple(rest, "O:call", &read)) {
            return 0;
        }
        node->object = Py_NewRef(read);
        return 1;
    }
    default:
        PyErr_Format(PyExc_ValueError, "there is no node %c", letter);
        return 0;
    }
}

/* Find where records of a class have a member; -1 with an exception where a slot of its own is not. */
static Py_ssize_t
offset_of(PyTypeObject *type, PyObject *name)
{
    PyObject *found = PyObject_GetAttr((PyObject *)type, name);
    if (found == NULL) {
        return -1;
    }
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        const PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
        if (PyType_IsSubtype(type, PyDescr_TYPE(found)) && member->type == T_OBJECT_EX && !member->flags
            && member->offset >= (Py_ssize_t)sizeof(PyObject)
            && member->offset % (Py_ssize_t)sizeof(PyObject *) == 0
            && member->offset + (Py_ssize_t)sizeof(PyObject *) <= type->tp_basicsize) {
            offset = member->offset;
        }
    }
    Py_DECREF(found);
    if (offset < 0) {
        PyErr_Format(PyExc_TypeError, "%U is no slot of %s", name, type->tp_name);
    }
    return offset;
}

/* Add a name for the field of a number. */
static int
add_name(PyObject *names, PyObject *name, Py_ssize_t index)
{
    PyObject *number = PyLong_FromSsize_t(index);
    int failed = number == NULL || PyDict_Contains(names, name) || PyDict_SetItem(names, name, number) < 0;
    Py_XDECREF(number);
    if (failed && !PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "two fields are called %U", name);
    }
    return !failed;
}

/* Read what a field is: its name, its alias or None, its node, and its default and what makes it, each in
   a tuple that is empty where there is none. */
static int
parse_field(plan_t *plan, record_t *record, PyObject *said)
{
    PyObject *name, *alias, *node, *values, *factories;
    if (!PyTuple_CheckExact(said)) {
        PyErr_SetString(PyExc_TypeError, "a field is a tuple");
        return 0;
    }
    if (!PyArg_ParseTuple(said, "UOO!O!O!:field", &name, &alias, &PyTuple_Type, &node, &PyTuple_Type, &values,
                          &PyTuple_Type, &factories)) {
        return 0;
    }
    if (!PyUnicode_CheckExact(name) || (alias != Py_None && !PyUnicode_CheckExact(alias))) {
        PyErr_SetString(PyExc_TypeError, "names are exact strings");
        return 0;
    }
    Py_ssize_t index = record->count++;
    field_t *field = &record->fields[index];
    field->name = Py_NewRef(name);
    PyUnicode_InternInPlace(&field->name);
    if ((field->offset = offset_of(record->type, name)) < 0) {
        return 0;
    }
    if (PyTuple_GET_SIZE(values)) {
        field->value = Py_NewRef(PyTuple_GET_ITEM(values, 0));
    }
    if (PyTuple_GET_SIZE(factories)) {
        field->factory = Py_NewRef(PyTuple_GET_ITEM(factories, 0));
    }
    return add_name(record->names, field->name, index)
           && (alias == Py_None || add_name(record->names, alias, index))
           && parse_node(plan, node, &field->node, 0);
}

/* Whether a class leaves it to Python how its instances are allocated, and they are of one size. */
static int
is_plain(const PyTypeObject *type)
{
    return PyType_HasFeature((PyTypeObject *)type, Py_TPFLAGS_HEAPTYPE)
           && type->tp_alloc == PyType_GenericAlloc && type->tp_itemsize == 0 && type->tp_dictoffset == 0
           && type->tp_weaklistoffset == 0;
}

/* Read the fields of a record. They are all that it has in memory after what any object has. */
static int
parse_fields(plan_t *plan, record_t *record, PyObject *fields)
{
    Py_ssize_t count = PyTuple_GET_SIZE(fields);
    const Py_ssize_t size = (Py_ssize_t)sizeof(PyObject *);
    if (count > MOST_FIELDS || !is_plain(record->type)
        || record->type->tp_basicsize != (Py_ssize_t)sizeof(PyObject) + count * size) {
        PyErr_SetString(PyExc_ValueError, "is no class of up to 64 slots, all of them fields");
        return 0;
    }
    record->names = PyDict_New();
    record->fields = PyMem_Calloc((size_t)count + 1, sizeof *record->fields);
    if (record->names == NULL || record->fields == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_NoMemory();
        }
        return 0;
    }
    uint64_t seen = 0;
    for (Py_ssize_t index = 0; index < count; index++) {
        if (!parse_field(plan, record, PyTuple_GET_ITEM(fields, index))) {
            return 0;
        }
        seen |= (uint64_t)1 << (record->fields[index].offset - (Py_ssize_t)sizeof(PyObject)) / size;
    }
    if (count > 0 && seen != UINT64_MAX >> (64 - count)) {
        PyErr_SetString(PyExc_ValueError, "two fields are one slot");
        return 0;
    }
    return 1;
}

/* Read what a record is: its class, whether it is open, and its fields. */
static int
parse_record(plan_t *plan, record_t *record, PyObject *said)
{
    PyObject *type, *fields;
    if (!PyTuple_CheckExact(said)) {
        PyErr_SetString(PyExc_TypeError, "a record is a tuple");
        return 0;
    }
    if (!PyArg_ParseTuple(said, "O!pO!:record", &PyType_Type, &type, &record->open, &PyTuple_Type, &fields)) {
        return 0;
    }
    record->type = (PyTypeObject *)Py_NewRef(type);
    return parse_fields(plan, record, fields);
}

PyDoc_STRVAR(plan_doc,
             "Plan(records, /)\n--\n\n"
             "How to make records of a class: the first of `records`, which are all that it holds.\n\n"
             "Raises:\n"
             "    IndexError, TypeError, ValueError: `records` says nothing that can be done.");

static PyObject *
plan_new(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *records;
    if (named != NULL && PyDict_GET_SIZE(named)) {
        PyErr_SetString(PyExc_TypeError, "Plan takes no keywords");
        return NULL;
    }
    if (!PyArg_ParseTuple(arguments, "O!:Plan", &PyTuple_Type, &records)) {
        return NULL;
    }
    if (PyTuple_GET_SIZE(records) == 0) {
        PyErr_SetString(PyExc_ValueError, "a plan is of some record");
        return NULL;
    }
    plan_t *plan = (plan_t *)type->tp_alloc(type, 0);
    if (plan == NULL) {
        return NULL;
    }
    PyObject_GC_UnTrack(plan); /* so that nobody finds it before it is whole */
    Py_ssize_t count = PyTuple_GET_SIZE(records);
    plan->records = PyMem_Calloc((size_t)count, sizeof *plan->records);
    if (plan->records == NULL) {
        Py_DECREF(plan);
        return PyErr_NoMemory();
    }
    plan->count = count;
    for (Py_ssize_t number = 0; number < count; number++) {
        if (!parse_record(plan, &plan->records[number], PyTuple_GET_ITEM(records, number))) {
            Py_DECREF(plan);
            return NULL;
        }
    }
    PyObject_GC_Track(plan);
    return (PyObject *)plan;
}

static int
visit_node(const node_t *node, visitproc visit, void *arg)
{
    Py_VISIT(node->object);
    for (Py_ssize_t index = 0; index < node->inners; index++) {
        int stop = visit_node(&node->inner[index], visit, arg);
        if (stop) {
            return stop;
        }
    }
    return 0;
}

static int
plan_traverse(PyObject *self, visitproc visit, void *arg)
{
    const plan_t *plan = (plan_t *)self;
    Py_VISIT(Py_TYPE(self));
    for (Py_ssize_t number = 0; number < plan->count; number++) {
        const record_t *record = &plan->records[number];
        Py_VISIT(record->type);
        Py_VISIT(record->names);
        for (Py_ssize_t index = 0; index < record->count; index++) {
            const field_t *field = &record->fields[index];
            Py_VISIT(field->value);
            Py_VISIT(field->factory);
            int stop = visit_node(&field->node, visit, arg);
            if (stop) {
                return stop;
            }
        }
    }
    return 0;
}

/* What a plan refers to is dropped with the plan alone, as one that runs must stay whole; cycles through it
   are broken by its classes, which refer to it. */
static void
plan_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    free_plan((plan_t *)self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef plan_methods[] = {
    {"read", plan_read, METH_O, read_doc},
    {"read_many", plan_read_many, METH_O, read_many_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot plan_slots[] = {
    {Py_tp_doc, (void *)plan_doc},
    {Py_tp_new, plan_new},
    {Py_tp_methods, plan_methods},
    {Py_tp_traverse, plan_traverse},
    {Py_tp_dealloc, plan_dealloc},
    {0, NULL},
};

static PyType_Spec plan_spec = {
    .name = "mlsig_kernel.Plan",
    .basicsize = sizeof(plan_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = plan_slots,
};

int add_plans(PyObject *module);

/* Add the class Plan to the module; -1 with an exception where that fails. */
int
add_plans(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &plan_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int failed = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return failed;
}

/* Version as a string */
#define PY_MAJOR_VERSION        3
#define PY_VERSION              "3.12.4"

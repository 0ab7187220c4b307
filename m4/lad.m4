# Macros of memladder's configure.

# The compiler must speak C17; no contraction of floating-point expressions, so that every compiler
# and machine gives the same results.
AC_DEFUN([LAD_C17], [
  AC_LANG_ASSERT([C])
  lad_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -std=gnu17"
  AC_CACHE_CHECK([whether $CC accepts -std=gnu17], [lad_cv_c17],
    [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[_Static_assert(1, "c11");]], [[]])],
      [lad_cv_c17=yes], [lad_cv_c17=no])])
  CFLAGS=$lad_save_CFLAGS
  AS_IF([test "x$lad_cv_c17" != xyes], [AC_MSG_ERROR([a C17 compiler is needed (gcc >= 8 or clang >= 7)])])
  LAD_CFLAGS="-std=gnu17 -ffp-contract=off -fno-math-errno -fno-semantic-interposition"
  AC_SUBST([LAD_CFLAGS])
])

AC_DEFUN([LAD_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [turn compiler warnings into errors])], [], [enable_werror=no])
  LAD_WARN_CFLAGS="-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes"
  # clang calls g_autoptr variables unused that are there to be freed, and designated initialisers
  # that begin with a macro incomplete; gcc, which does neither, watches over the rest.
  AC_CACHE_CHECK([whether $CC is clang], [lad_cv_clang],
    [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#ifndef __clang__
      #error not clang
      #endif]], [[]])], [lad_cv_clang=yes], [lad_cv_clang=no])])
  AS_IF([test "x$lad_cv_clang" = xyes],
    [LAD_WARN_CFLAGS="$LAD_WARN_CFLAGS -Wno-unused-variable -Wno-missing-field-initializers"])
  AS_IF([test "x$enable_werror" = xyes], [LAD_WARN_CFLAGS="$LAD_WARN_CFLAGS -Werror"])
  AC_SUBST([LAD_WARN_CFLAGS])
])

AC_DEFUN([LAD_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers], [build with AddressSanitizer and UndefinedBehaviorSanitizer])],
    [], [enable_sanitizers=no])
  LAD_SAN_CFLAGS=
  AS_IF([test "x$enable_sanitizers" = xyes],
    [LAD_SAN_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"])
  AC_SUBST([LAD_SAN_CFLAGS])
  AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
])

# HDF5's C library: pkg-config hdf5-serial or hdf5, else h5cc -show, else a sentence.
AC_DEFUN([LAD_HDF5], [
  PKG_CHECK_MODULES([HDF5], [hdf5-serial], [lad_hdf5=yes], [
    PKG_CHECK_MODULES([HDF5], [hdf5], [lad_hdf5=yes], [lad_hdf5=no])])
  AS_IF([test "x$lad_hdf5" = xno], [
    AC_PATH_PROG([H5CC], [h5cc])
    AS_IF([test -n "$H5CC"], [
      for lad_word in `$H5CC -show`; do
        AS_CASE([$lad_word],
          [-I*|-D*], [HDF5_CFLAGS="$HDF5_CFLAGS $lad_word"],
          [-L*|-l*|*.a|*.so|-Wl,*], [HDF5_LIBS="$HDF5_LIBS $lad_word"])
      done
      lad_hdf5=yes])])
  AS_IF([test "x$lad_hdf5" = xno],
    [AC_MSG_ERROR([the HDF5 C library was not found by pkg-config or h5cc; install libhdf5-dev (Debian) or hdf5-devel (Fedora)])])
  AS_CASE([" $HDF5_LIBS "], [*-lhdf5_hl*|*hdf5_hl.a*], [], [HDF5_LIBS="`echo $HDF5_LIBS | sed 's/-lhdf5\b/-lhdf5_hl -lhdf5/'`"])
  AC_SUBST([HDF5_CFLAGS])
  AC_SUBST([HDF5_LIBS])
])

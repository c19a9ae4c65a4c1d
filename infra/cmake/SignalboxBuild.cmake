# How Signalbox builds: compiler settings, third-party packages, and the functions that
# declare a module, a plugin and a test.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

set(SIGNALBOX_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as -fsanitize= takes them")
# Clang only fuzzes: its own warnings are not ours.
add_compile_options(-Wall -Wextra -Wpedantic $<$<CXX_COMPILER_ID:GNU>:-Werror>)
# GCC 12 reports false positives of these two deep inside libstdc++ (GCC bugs 105329, 105562).
add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
                    $<$<OR:$<C_COMPILER_ID:GNU>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>)
# Designated initialisers leave defaulted members out on purpose.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>)
add_compile_definitions(_GNU_SOURCE)
if(SIGNALBOX_SANITIZE)
  add_compile_options(-fsanitize=${SIGNALBOX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SIGNALBOX_SANITIZE})
endif()

find_program(SIGNALBOX_CCACHE ccache)
if(SIGNALBOX_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${SIGNALBOX_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SIGNALBOX_CCACHE})
endif()
find_program(SIGNALBOX_MOLD mold)
if(SIGNALBOX_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
# Debian's Poco links a target of this name and leaves making it to us.
add_library(PostgreSQL::client INTERFACE IMPORTED)
target_link_libraries(PostgreSQL::client INTERFACE PkgConfig::LIBPQ)
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Util Net Data DataSQLite DataPostgreSQL)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(absl REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)

# What a user runs: the program and its plugins, without tests and benchmarks.
add_custom_target(product)

# Makes ${CMAKE_BINARY_DIR}/include/<module>/<as> a link to the folder, so that a target
# can include exactly the folders of the modules it links and no other.
function(_signalbox_expose module folder as)
  set(root ${CMAKE_BINARY_DIR}/include/${module})
  get_filename_component(parent ${root}/${as} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  if(NOT EXISTS ${root}/${as})
    file(CREATE_LINK ${folder} ${root}/${as} SYMBOLIC)
  endif()
endfunction()

# Declares the module of the current folder as static library signalbox_<name>, with every
# *.cpp in it, and <name>_test from every *_test.cpp.
#   PUBLIC, PRIVATE  what the module links (modules as signalbox_<name>, or library targets)
#   TEST             what only its tests link
function(signalbox_module name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;TEST" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp *.c)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  string(REPLACE "/" "_" target ${name})
  _signalbox_expose(${target} ${CMAKE_CURRENT_SOURCE_DIR} ${name})
  if(sources)
    add_library(signalbox_${target} STATIC ${sources})
    target_include_directories(signalbox_${target} PUBLIC ${CMAKE_BINARY_DIR}/include/${target})
    target_link_libraries(signalbox_${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(signalbox_${target} INTERFACE)
    target_include_directories(signalbox_${target} INTERFACE ${CMAKE_BINARY_DIR}/include/${target})
    target_link_libraries(signalbox_${target} INTERFACE ${ARG_PUBLIC} ${ARG_PRIVATE})
  endif()
  if(tests)
    signalbox_test(${target}_test SOURCES ${tests} LINKS signalbox_${target} ${ARG_PRIVATE} ${ARG_TEST})
  endif()
endfunction()

# Declares a GoogleTest executable whose tests ctest runs one by one.
#   WHOLE   ctest runs the executable as one test: its tests share a server that is costly to start
#   LOCKS   what a WHOLE one may not share with another that runs at the same time
function(signalbox_test name)
  cmake_parse_arguments(ARG "WHOLE" "TIMEOUT" "SOURCES;LINKS;LABELS;LOCKS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest_main GTest::gmock Threads::Threads)
  # Only for the sources that name them: the others' objects serve another checkout too (ccache).
  foreach(source IN LISTS ARG_SOURCES)
    file(STRINGS ${source} places REGEX "SIGNALBOX_(SOURCE|BINARY)_DIR" LIMIT_COUNT 1)
    if(places)
      set_property(SOURCE ${source} TARGET_DIRECTORY ${name} APPEND PROPERTY COMPILE_DEFINITIONS
                   SIGNALBOX_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SIGNALBOX_BINARY_DIR="${CMAKE_BINARY_DIR}")
    endif()
  endforeach()
  if(ARG_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" RESOURCE_LOCK "${ARG_LOCKS}")
    return()
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# Declares the plugin of the current folder: <name>.cpp (and any other *.cpp) as the shared
# library bin/plugins/<name>.so, and <name>_test from *_test.cpp with the sources linked in.
function(signalbox_plugin name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    message(STATUS "plugin ${name}: no sources yet")
    return()
  endif()
  add_library(${name} MODULE ${sources})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/plugins)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  target_link_libraries(${name} PRIVATE signalbox_sdk ${ARG_LINKS})
  add_dependencies(product ${name})
  if(tests)
    signalbox_test(${name}_plugin_test SOURCES ${tests} ${sources} LINKS signalbox_sdk ${ARG_LINKS} LABELS plugin)
    target_include_directories(${name}_plugin_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
endfunction()

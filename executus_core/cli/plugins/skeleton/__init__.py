"""What ``executus plugins new`` makes: a package that builds, installs, and passes its own tests.

names      what a plugin may be called, and what its package and module are called then
kinds      the kinds of package, and what is said of each in its files
package    fills the templates in, and writes all of them or none

``templates`` holds the files as they will stand, with ``$name`` where something is filled in: those of every package in
``package``, those of every provider of a port in ``port``, and those of one kind in a folder of its name.
"""

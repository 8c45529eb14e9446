# What docs/Doxyfile reads instead of a header. Each line stays in its place.
# The comment at the top of a file is the file's.
s,^#pragma once$,/// \\file,
# A label of a contract is a command of the Doxyfile; `Returns:` is Doxygen's own.
s,^( */// )(Threads|Progress|Crash|Returns|Errors|Cost|Payload): +,\1\\\L\2 ,

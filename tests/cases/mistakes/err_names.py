# Names that the file gives another value than a constant, after a constant.

import os

LOOP = 1
IMPORTED = 1
TAKEN = 1
OPENED = 1
GONE = 1
CALLED = 1
MADE = 1
WAITED = 1
COUNTED = 1
COMPUTED = 1
EITHER = 1
KEPT = 1
for LOOP in (1, 2):
    pass
import os as IMPORTED
from os import sep as TAKEN
with open(os.devnull) as OPENED:
    pass
del GONE
def CALLED():
    KEPT = 2
    return KEPT
class MADE:
    pass
async def WAITED():
    pass
COUNTED += 1
COMPUTED = len(os.sep)
if os.sep:
    EITHER = 2


@asm_rv32
def names(a):
    addi(a0, a, LOOP)  # error[unknown-name]: 'LOOP' has no value here; 'addi' takes -2048..2047; note: line 17 gives it a value for each turn of a loop; help: LOOP = 4, once, outside of conditions, loops and functions
    addi(a0, a, IMPORTED)  # error[unknown-name]: 'IMPORTED' has no value here; 'addi' takes -2048..2047; note: line 19 imports it from 'os', which is looked for nowhere: the text is no file; help: what is read stands in the file's folder or in its package, as text
    addi(a0, a, TAKEN)  # error[unknown-name]: 'TAKEN' has no value here; 'addi' takes -2048..2047; note: line 20 imports it from 'os', which is looked for nowhere: the text is no file; help: what is read stands in the file's folder or in its package, as text
    addi(a0, a, OPENED)  # error[unknown-name]: 'OPENED' has no value here; 'addi' takes -2048..2047; note: line 21 gives it a value as it is executed; help: OPENED = 4, once, outside of conditions, loops and functions
    addi(a0, a, GONE)  # error[unknown-name]: 'GONE' has no value here; 'addi' takes -2048..2047; note: line 23 deletes it; help: GONE = 4, once, outside of conditions, loops and functions
    addi(a0, a, CALLED)  # error[unknown-name]: 'CALLED' has no value here; 'addi' takes -2048..2047; note: line 24 makes a function of it; help: CALLED = 4, once, outside of conditions, loops and functions
    addi(a0, a, MADE)  # error[unknown-name]: 'MADE' has no value here; 'addi' takes -2048..2047; note: it is the class of line 27; help: MADE.NAME is an attribute
    addi(a0, a, WAITED)  # error[unknown-name]: 'WAITED' has no value here; 'addi' takes -2048..2047; note: line 29 makes a function of it; help: WAITED = 4, once, outside of conditions, loops and functions
    addi(a0, a, COUNTED)  # error[unknown-name]: 'COUNTED' has no value here; 'addi' takes -2048..2047; note: line 31 gives it a value under a condition, in a loop, or together with other names; help: COUNTED = 4, once, outside of conditions, loops and functions
    addi(a0, a, COMPUTED)  # error[unknown-name]: 'COMPUTED' has no value here; 'addi' takes -2048..2047; note: line 32 gives it a value that is not computed here: 'os' has no value here; help: COMPUTED = 4, or another constant expression
    addi(a0, a, EITHER)  # error[unknown-name]: 'EITHER' has no value here; 'addi' takes -2048..2047; note: line 34 gives it a value under a condition, in a loop, or together with other names; help: EITHER = 4, once, outside of conditions, loops and functions
    addi(a0, a, KEPT)

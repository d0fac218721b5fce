"""What MicroPython's module of this name offers: `from asm_rv32 import micropython`."""

from asm_rv32.inline.micropython import __all__ as __all__
from asm_rv32.inline.micropython import (
    alloc_emergency_exception_buf as alloc_emergency_exception_buf,
)
from asm_rv32.inline.micropython import (
    asm_data as asm_data,
)
from asm_rv32.inline.micropython import (
    asm_macro as asm_macro,
)
from asm_rv32.inline.micropython import (
    asm_rv32 as asm_rv32,
)
from asm_rv32.inline.micropython import (
    bytecode as bytecode,
)
from asm_rv32.inline.micropython import (
    const as const,
)
from asm_rv32.inline.micropython import (
    heap_lock as heap_lock,
)
from asm_rv32.inline.micropython import (
    heap_locked as heap_locked,
)
from asm_rv32.inline.micropython import (
    heap_unlock as heap_unlock,
)
from asm_rv32.inline.micropython import (
    kbd_intr as kbd_intr,
)
from asm_rv32.inline.micropython import (
    mem_current as mem_current,
)
from asm_rv32.inline.micropython import (
    mem_info as mem_info,
)
from asm_rv32.inline.micropython import (
    mem_peak as mem_peak,
)
from asm_rv32.inline.micropython import (
    mem_total as mem_total,
)
from asm_rv32.inline.micropython import (
    native as native,
)
from asm_rv32.inline.micropython import (
    opt_level as opt_level,
)
from asm_rv32.inline.micropython import (
    ptr8 as ptr8,
)
from asm_rv32.inline.micropython import (
    ptr16 as ptr16,
)
from asm_rv32.inline.micropython import (
    ptr32 as ptr32,
)
from asm_rv32.inline.micropython import (
    qstr_info as qstr_info,
)
from asm_rv32.inline.micropython import (
    schedule as schedule,
)
from asm_rv32.inline.micropython import (
    stack_use as stack_use,
)
from asm_rv32.inline.micropython import (
    uint as uint,
)
from asm_rv32.inline.micropython import (
    viper as viper,
)

"""The names under which the proofs of runs know a function's flow; see `analysis.flow`."""

from asm_rv32.analysis.bridge import Effect as Effect
from asm_rv32.analysis.flow import ALL as ALL
from asm_rv32.analysis.flow import ARGUMENTS as ARGUMENTS
from asm_rv32.analysis.flow import SAVED as SAVED
from asm_rv32.analysis.flow import Flow as Flow
from asm_rv32.analysis.flow import Node as Node
from asm_rv32.analysis.flow import control_flow as control_flow
from asm_rv32.analysis.flow import registers as registers
from asm_rv32.isa.effects import BRANCH as BRANCH
from asm_rv32.isa.effects import CALL as CALL
from asm_rv32.isa.effects import END as END
from asm_rv32.isa.effects import INDIRECT as INDIRECT
from asm_rv32.isa.effects import NEXT as NEXT

// This file is the loop of asciiBlocks with AVX2.

#include "textflag.h"

// func asciiBlocksAVX2(p *byte, n int) int
TEXT ·asciiBlocksAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	XORQ AX, AX
	ANDQ $-128, CX

loop:
	CMPQ      AX, CX
	JGE       done
	VMOVDQU   (SI)(AX*1), Y0
	VPOR      32(SI)(AX*1), Y0, Y0
	VMOVDQU   64(SI)(AX*1), Y1
	VPOR      96(SI)(AX*1), Y1, Y1
	VPOR      Y1, Y0, Y0
	VPMOVMSKB Y0, DX
	TESTL     DX, DX
	JNZ       done
	ADDQ      $128, AX
	JMP       loop

done:
	VZEROUPPER
	MOVQ AX, ret+16(FP)
	RET

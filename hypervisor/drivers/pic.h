/* SPDX-License-Identifier: GPL-2.0-only */
/* The two 8259 interrupt controllers, which nobody uses any more. */
#pragma once

/* Masks all lines, and moves their vectors away from the exceptions. */
void pic_silence(void);

#!/bin/sh
# Reads the flash in which the new firmware would go.
echo "Content-Type: text/plain"
echo
dd if=/dev/mtdblock2 of=/tmp/kernel.bin bs=4096 2>&1 || echo "upgrade failed"

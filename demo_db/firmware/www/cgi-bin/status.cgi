#!/bin/sh
echo "Content-Type: text/plain"
echo
uptime
echo "ssid: $(nvram get wl0_ssid)"
cat /proc/board/temperature 2>&1
awk '/MemTotal/ { print "memory:", $2, $3 }' /proc/meminfo
ifconfig lo

# Sourced by launch.sh, clean.sh and inside.sh: the control group hierarchies of the machine, v1, v2 or both.

# Prints a line "v1 OPTIONS PATH" or "v2 - PATH" for each hierarchy, PATH being our own group.
each_hierarchy() {
  while IFS=: read -r number options path; do
    if [ "$number" = 0 ]; then echo "v2 - $path"; else echo "v1 $options $path"; fi
  done </proc/self/cgroup
}

# mount_hierarchy KIND OPTIONS [FOLDER] - mounts it below FOLDER and prints where.
mount_hierarchy() {
  folder=${3:-/sys/fs/cgroup}
  if [ "$1" = v2 ]; then
    mkdir -p "$folder/unified"
    mount -t cgroup2 cgroup2 "$folder/unified"
    echo "$folder/unified"
  else
    name=${2#name=}
    mkdir -p "$folder/$name"
    mount -t cgroup -o "$2" cgroup "$folder/$name"
    echo "$folder/$name"
  fi
}

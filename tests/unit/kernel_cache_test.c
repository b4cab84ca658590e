// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a kernel that is kept unpacked is unpacked again; one
 * is used that belongs to another file, is damaged, cut short, or can have been
 * changed by somebody else; the cache grows without end; without a cache no
 * guest is created at all. Opened as `xm create` opens it, from a bzImage with
 * XZ inside; only what the ELF says is of no matter here.
 */
/* links: ../../userspace/build/kernel.c ../../userspace/build/unpack.c */
/* links: ../../userspace/lib/crc32.c */
/* includes: ../userspace/build/kernel_cache.c */
/* libs: lzma zstd z */
#include "build/kernel.h"
#include "test.h"

#include <lzma.h>

static char folder[64], cache[80], image_path[80];
static unsigned int unpackings;

static int counted_unpack_to(int fd, const uint8_t *payload, size_t bytes,
			     size_t bound, uint32_t *crc, char *why);

#define CACHE_DIR	cache
#define CACHE_BYTES_MAX (1ll << 20)
#define unpack_to	counted_unpack_to
#include "../userspace/build/kernel_cache.c"
#undef unpack_to

static int counted_unpack_to(int fd, const uint8_t *payload, size_t bytes,
			     size_t bound, uint32_t *crc, char *why)
{
	unpackings++;
	return unpack_to(fd, payload, bytes, bound, crc, why);
}

int elf_read(struct kernel *kernel, char *why)
{
	return 0;
}

#define PLAIN_MAX (256 << 10)
#define IMAGE_MAX (160 << 10)
#define PAYLOAD	  1024 /* of one sector of setup */

static uint8_t plain[PLAIN_MAX], image[IMAGE_MAX];
static size_t plain_bytes, image_bytes;

/* A bzImage of @bytes when unpacked, of the same size whatever is inside. */
static void make_image(size_t bytes)
{
	size_t i, n = 0;
	int fd;

	plain_bytes = bytes;
	for (i = 0; i < bytes; i++)
		plain[i] = 'a' + test_random_below(4);
	image_bytes = PAYLOAD + bytes / 2 + 1024;
	memset(image, 0, image_bytes);
	REQUIRE(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, plain, bytes,
					image + PAYLOAD, &n,
					bytes / 2 + 1024) == LZMA_OK);
	image[0x1f1] = 1;
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	for (i = 0; i < 4; i++)
		image[0x24c + i] = n >> (8 * i);
	fd = open(image_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	REQUIRE(fd >= 0);
	EXPECT_EQ(write_whole(fd, image, image_bytes), 0);
	close(fd);
}

/* Open it: right, and with so many unpackings. */
static void open_with(unsigned int wanted)
{
	char why[KERNEL_WHY_MAX];
	struct kernel kernel;

	unpackings = 0;
	EXPECT_EQ(kernel_open(image_path, &kernel, why), 0);
	EXPECT_EQ(unpackings, wanted);
	REQUIRE(kernel.elf);
	EXPECT(kernel.elf_bytes >= plain_bytes);
	EXPECT(!memcmp(kernel.elf, plain, plain_bytes));
	kernel_close(&kernel);
}

static void entry_path(char path[128])
{
	snprintf(path, 128, "%s/%08x-%zx", cache,
		 crc32_update(0, image, image_bytes), image_bytes);
}

static bool is_kept(void)
{
	char path[128];

	entry_path(path);
	return access(path, R_OK) == 0;
}

/* As if all that is kept had last been used @seconds after the epoch. */
static void all_used_at(time_t seconds)
{
	struct timespec times[2] = { { seconds, 0 }, { seconds, 0 } };
	struct entry entries[128];
	int dir = open(cache, O_RDONLY | O_DIRECTORY);
	size_t n = read_entries(dir, entries, 128);

	while (n--)
		utimensat(dir, entries[n].name, times, 0);
	close(dir);
}

static size_t files(long long *bytes)
{
	struct entry entries[128];
	int dir = open(cache, O_RDONLY | O_DIRECTORY);
	size_t i, n = dir < 0 ? 0 : read_entries(dir, entries, 128);

	for (*bytes = i = 0; i < n; i++)
		*bytes += entries[i].bytes;
	if (dir >= 0)
		close(dir);
	return n;
}

/* A file without a name, as the cache needs it, is not to be had everywhere. */
static bool begin_in(const char *parent)
{
	int fd = open(parent, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	snprintf(folder, sizeof(folder), "%s/kernel-cache-XXXXXX", parent);
	if (!mkdtemp(folder))
		return false;
	snprintf(cache, sizeof(cache), "%s/kernels", folder);
	snprintf(image_path, sizeof(image_path), "%s/bzImage", folder);
	return true;
}

static void begin(void)
{
	REQUIRE(begin_in("/dev/shm") || begin_in("/tmp") || begin_in("."));
}

static void end(void)
{
	struct entry entries[128];
	int dir = open(cache, O_RDONLY | O_DIRECTORY);
	size_t n = dir < 0 ? 0 : read_entries(dir, entries, 128);

	while (n--)
		if (unlinkat(dir, entries[n].name, 0))
			unlinkat(dir, entries[n].name, AT_REMOVEDIR);
	if (dir >= 0)
		close(dir);
	rmdir(cache);
	unlink(image_path);
	EXPECT_EQ(rmdir(folder), 0);
}

TEST(a_kernel_is_unpacked_once)
{
	struct stat st;
	char path[128];

	begin();
	make_image(20000);
	open_with(1);
	open_with(0);
	open_with(0);
	entry_path(path);
	EXPECT_EQ(stat(path, &st), 0);
	EXPECT_EQ(st.st_mode & 07777, 0600);
	EXPECT_EQ(stat(cache, &st), 0);
	EXPECT_EQ(st.st_mode & 07777, 0700);
	end();
}

TEST(a_file_that_has_changed_is_noticed)
{
	struct timespec then[2] = { { 1000, 0 }, { 1000, 0 } };
	static uint8_t old_plain[20000], old_image[IMAGE_MAX];
	int fd;

	begin();
	make_image(20000);
	memcpy(old_plain, plain, 20000);
	memcpy(old_image, image, image_bytes);
	EXPECT_EQ(utimensat(AT_FDCWD, image_path, then, 0), 0);
	open_with(1);
	make_image(20000); /* same name, size and time */
	EXPECT_EQ(utimensat(AT_FDCWD, image_path, then, 0), 0);
	open_with(1);
	open_with(0);
	fd = open(image_path, O_WRONLY | O_TRUNC);
	EXPECT_EQ(write_whole(fd, old_image, image_bytes), 0);
	close(fd);
	memcpy(plain, old_plain, 20000);
	open_with(0); /* both are kept */
	end();
}

TEST(damage_to_what_is_kept_is_noticed)
{
	unsigned long i, rounds = test_rounds(100, 2000);
	char path[128];
	struct stat st;
	uint8_t byte;
	off_t at;
	int fd;

	begin();
	make_image(20000);
	open_with(1);
	entry_path(path);
	EXPECT_EQ(stat(path, &st), 0);
	for (i = 0; i < rounds; i++) {
		/* the trailer more often than its share */
		at = i % 4 ? (off_t)test_random_below(st.st_size) :
			     st.st_size - 1 - (off_t)test_random_below(32);
		fd = open(path, O_RDWR);
		EXPECT_EQ(pread(fd, &byte, 1, at), 1);
		byte ^= 1 << test_random_below(8);
		EXPECT_EQ(pwrite(fd, &byte, 1, at), 1);
		close(fd);
		open_with(1);
		open_with(0);
	}
	end();
}

TEST(what_is_cut_short_or_longer_is_not_used)
{
	char path[128];
	struct stat st;
	int i;

	begin();
	make_image(20000);
	open_with(1);
	entry_path(path);
	EXPECT_EQ(stat(path, &st), 0);
	for (i = 0; i < 30; i++) {
		EXPECT_EQ(truncate(path, i ? test_random_below(st.st_size) : 0),
			  0);
		open_with(1);
		open_with(0);
	}
	EXPECT_EQ(truncate(path, st.st_size + 32), 0);
	open_with(1);
	open_with(0);
	end();
}

/* Two files whose sums are the same would have one name. */
TEST(the_kernel_of_another_file_is_not_used)
{
	char first[128], second[128];

	begin();
	make_image(20000);
	open_with(1);
	entry_path(first);
	make_image(20000);
	entry_path(second);
	EXPECT_EQ(rename(first, second), 0);
	open_with(1);
	open_with(0);
	end();
}

TEST(what_others_can_have_written_is_not_used)
{
	char path[128], other[160];

	begin();
	make_image(20000);
	open_with(1);
	entry_path(path);
	EXPECT_EQ(chmod(path, 0620), 0);
	open_with(1);
	open_with(0);
	snprintf(other, sizeof(other), "%s/other", folder);
	EXPECT_EQ(link(path, other), 0);
	open_with(1);
	open_with(0);
	EXPECT_EQ(unlink(path), 0);
	EXPECT_EQ(symlink(other, path), 0); /* good, but through a link */
	open_with(1);
	EXPECT_EQ(unlink(other), 0);
	unlink(path);
	EXPECT_EQ(mkdir(path, 0700), 0);
	open_with(1); /* it stays in the way, and is not needed */
	end();
}

TEST(without_a_folder_of_its_own_nothing_is_kept)
{
	long long bytes;

	begin();
	EXPECT_EQ(mkdir(cache, 0755), 0);
	EXPECT_EQ(chmod(cache, 0755), 0);
	make_image(20000);
	open_with(1);
	open_with(1);
	EXPECT_EQ(files(&bytes), 0);
	EXPECT_EQ(rmdir(cache), 0);
	snprintf(cache, sizeof(cache), "%s/missing/kernels", folder);
	open_with(1);
	open_with(1);
	snprintf(cache, sizeof(cache), "%s/kernels", folder);
	end();
}

TEST(the_oldest_go_when_there_are_too_many_bytes)
{
	static uint8_t first_plain[200000], first_image[IMAGE_MAX];
	long long bytes = 0;
	int i, fd;

	begin();
	make_image(200000); /* three of them fit, with what they came from */
	memcpy(first_plain, plain, plain_bytes);
	memcpy(first_image, image, image_bytes);
	open_with(1);
	for (i = 0; i < 6; i++) {
		make_image(200000);
		open_with(1);
		EXPECT(files(&bytes) <= 3);
		EXPECT(bytes <= CACHE_BYTES_MAX);
		open_with(0);
		all_used_at(1000 + i);
		/* the first is used again and again, and so stays */
		fd = open(image_path, O_WRONLY | O_TRUNC);
		EXPECT_EQ(write_whole(fd, first_image, image_bytes), 0);
		close(fd);
		memcpy(plain, first_plain, plain_bytes);
		open_with(0);
	}
	EXPECT_EQ(files(&bytes), 3);
	end();
}

TEST(the_oldest_go_when_there_are_too_many_files)
{
	char first[128];
	long long bytes;
	int i;

	begin();
	make_image(5000);
	open_with(1);
	entry_path(first);
	all_used_at(1000);
	for (i = 0; i < 2 * CACHE_FILES_MAX; i++) {
		make_image(5000);
		open_with(1);
		EXPECT(is_kept());
	}
	EXPECT_EQ(access(first, F_OK), -1);
	EXPECT_EQ(files(&bytes), CACHE_FILES_MAX);
	end();
}

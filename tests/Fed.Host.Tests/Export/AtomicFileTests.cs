using Fed.Host.Export;
using Xunit;

namespace Fed.Host.Tests.Export;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-atomic-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Text_is_written_as_utf8_without_mark_into_folders_that_did_not_exist()
    {
        string path = Path.Combine(_folder, "jobs", "a", "report.json");
        AtomicFile.WriteText(path, "{ü}");
        Assert.Equal([(byte)'{', 0xc3, 0xbc, (byte)'}'], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_failure_in_the_middle_leaves_the_old_file_and_nothing_else()
    {
        string path = Path.Combine(_folder, "report.json");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the ne"u8);
            throw new InvalidDataException("stop");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Readers_of_the_old_file_keep_it_while_the_new_one_takes_its_name()
    {
        string path = Path.Combine(_folder, "report.json");
        AtomicFile.WriteText(path, "old");
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        AtomicFile.WriteText(path, "new");
        Assert.Equal("old", reader.ReadToEnd());
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_an_environment_error_and_stays()
    {
        string path = Path.Combine(_folder, "report.json");
        Directory.CreateDirectory(path);
        Exception exception = Assert.ThrowsAny<Exception>(() => AtomicFile.WriteText(path, "new"));
        Assert.True(exception is IOException or UnauthorizedAccessException, exception.ToString());
        Assert.True(Directory.Exists(path));
        Assert.Empty(Directory.GetFiles(_folder));
    }
}

using System.Security.Cryptography;
using System.Text;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Xunit;

namespace Fed.Host.Tests.Trainers;

public sealed class TrainerFilesTests
{
    [Fact]
    public void Hash_of_one_file_is_that_of_sha256sum()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("train.py", "print(1)\n");
        Assert.Equal(Hash("print(1)\n"), TrainerFiles.Read([file]).Sha256);
    }

    [Fact]
    public void Hash_of_several_is_that_of_their_sorted_list()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("a/train.py", "1");
        folder.Write("lib/z.py", "2");
        folder.Write("lib/deep/b.py", "3");
        folder.Write("lib/__pycache__/z.pyc", "left out");
        string expected = Hash($"{Hash("3")}  lib/deep/b.py\n{Hash("2")}  lib/z.py\n{Hash("1")}  train.py\n");
        TrainerFiles files = TrainerFiles.Read([file, Path.Combine(folder.Path, "lib")]);
        Assert.Equal(expected, files.Sha256);
        Assert.Equal(expected, TrainerFiles.Read([Path.Combine(folder.Path, "lib") + "/", file]).Sha256);   // in whatever order they are named
        Assert.Equal(["lib/deep/b.py", "lib/z.py", "train.py"], files.Names);
    }

    [Fact]
    public void What_is_written_is_what_was_hashed_even_if_the_files_change_meanwhile()
    {
        using TemporaryFolder folder = new(), place = new();
        string file = folder.Write("train.sh", "original");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);
        TrainerFiles files = TrainerFiles.Read([file]);
        File.WriteAllText(file, "exchanged");
        files.WriteTo(place.Path);
        string copy = Path.Combine(place.Path, "train.sh");
        Assert.Equal("original", File.ReadAllText(copy));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(copy));
    }

    [Fact]
    public void Missing_and_doubled_files_are_refused_by_name()
    {
        using TemporaryFolder folder = new();
        string first = folder.Write("a/train.py", "1"), second = folder.Write("b/train.py", "2");
        Assert.Equal($"the trainer's file '{folder.Path}/none.py' does not exist", Assert.Throws<IOException>(() => TrainerFiles.Read([folder.Path + "/none.py"])).Message);
        Assert.Equal("two of the trainer's files are called 'train.py'; give one of them another name", Assert.Throws<IOException>(() => TrainerFiles.Read([first, second])).Message);
        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        Assert.Equal("the trainer has no files; name at least one", Assert.Throws<IOException>(() => TrainerFiles.Read([Path.Combine(folder.Path, "empty")])).Message);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

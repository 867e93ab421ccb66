namespace Fed.Learning.Tests.Data.Support;

/// <summary>A folder of one test; gone afterwards.</summary>
internal sealed class Folder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fed-data-").FullName;

    public string Root => _root;

    public string this[string name] => Path.Combine(_root, name);

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        file.Write(bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

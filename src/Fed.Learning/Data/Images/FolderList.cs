using System.Text;

namespace Fed.Learning.Data.Images;

/// <summary>Images in one folder per class, as a list of files with their classes.</summary>
internal sealed class FolderList : IRowReader
{
    private readonly ImmutableArray<string> _files;

    /// <summary>Lists a folder.</summary>
    /// <param name="folder">With one folder per class.</param>
    /// <param name="target">Name of the column with the class.</param>
    /// <exception cref="DataException">The folder is missing, or an image lies in no class's folder.</exception>
    public FolderList(string folder, string target)
    {
        Name = folder;
        Header = [ImageRows.FileColumn, target];
        _files = DataFile.List(folder, static file => Path.GetExtension(file).ToLowerInvariant() is ".png" or ".pgm" or ".ppm");
        if (_files.IsEmpty) throw new DataException($"{folder} holds no images (.png, .pgm or .ppm).");
        if (_files.FirstOrDefault(static file => !file.Contains('/', StringComparison.Ordinal)) is { } loose)
            throw new DataException($"{folder} has the image {loose} outside any class; put each image into the folder of its class, or name a file with labels.");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ImmutableArray<string> Header { get; }

    /// <inheritdoc/>
    public int Row { get; private set; } = -1;

    /// <inheritdoc/>
    public bool Read() => ++Row < _files.Length;

    /// <inheritdoc/>
    public bool IsMissing(int column) => false;

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value) => FastNumber.TryParse(Text(column), out value);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column) => Encoding.UTF8.GetBytes(column == 0 ? _files[Row] : _files[Row][.._files[Row].IndexOf('/', StringComparison.Ordinal)]);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

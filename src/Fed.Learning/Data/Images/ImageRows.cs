using System.Globalization;
using System.Text;

namespace Fed.Learning.Data.Images;

/// <summary>Images as rows: <c>x0, x1, ...</c> row-major in [channels, height, width], then what is known of the image.</summary>
internal sealed class ImageRows : IRowReader
{
    private readonly string _folder;
    private readonly IRowReader _labels;
    private readonly int _fileColumn, _pixels;
    private readonly string _firstShape, _firstFile;
    private readonly byte[] _shown = new byte[8];
    private Picture _picture;
    private string _file = "";
    private bool _isPeeked = true;

    /// <summary>Binds a folder and a list of its files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="labels">Before its first row; the column <c>file</c> names images below the folder, all others become columns. Disposed with the reader.</param>
    /// <exception cref="DataException">There is no image, or the first one cannot be read.</exception>
    public ImageRows(string folder, IRowReader labels)
    {
        _folder = folder;
        _labels = labels;
        _fileColumn = labels.Header.IndexOf(FileColumn);
        if (_fileColumn < 0) throw new DataException($"{labels.Name} has no column '{FileColumn}' with the images' names; its columns are {string.Join(", ", labels.Header)}.");
        if (!labels.Read()) throw new DataException($"{labels.Name} lists no images.");
        _picture = Load();
        (_pixels, _firstShape, _firstFile) = (_picture.Values.Length, _picture.Shape, _file);
        Header = [.. Enumerable.Range(0, _pixels).Select(static i => $"x{i}"), .. labels.Header];
        if (Header.Distinct(StringComparer.Ordinal).Count() != Header.Length) throw new DataException($"{labels.Name} has a column that is called as a pixel is (x0, x1, ...); give it another name.");
    }

    /// <summary>Name of the column with the images' names.</summary>
    public const string FileColumn = "file";

    /// <inheritdoc/>
    public string Name => _labels.Name;

    /// <inheritdoc/>
    public ImmutableArray<string> Header { get; }

    /// <inheritdoc/>
    public int Row => _isPeeked ? -1 : _labels.Row;

    /// <inheritdoc/>
    public bool Read()
    {
        if (_isPeeked)
        {
            _isPeeked = false;
            return true;
        }
        if (!_labels.Read()) return false;
        _picture = Load();
        return _picture.Values.Length == _pixels && _picture.Shape == _firstShape
            ? true
            : throw new DataException($"{_file} is {_picture.Shape}, but {_firstFile} is {_firstShape}; all images need one size.");
    }

    /// <inheritdoc/>
    public bool IsMissing(int column) => column >= _pixels && _labels.IsMissing(column - _pixels);

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value)
    {
        if (column >= _pixels) return _labels.TryNumber(column - _pixels, out value);
        value = _picture.Values[column];
        return true;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column)
    {
        if (column >= _pixels) return _labels.Text(column - _pixels);
        _picture.Values[column].TryFormat(_shown, out int length, provider: CultureInfo.InvariantCulture);
        return _shown.AsSpan(0, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _labels.Dispose();

    private Picture Load()
    {
        const long FileBytesMax = 1L << 28;
        string name = Encoding.UTF8.GetString(_labels.Text(_fileColumn));
        string path = Path.GetFullPath(Path.Combine(_folder, name)), root = Path.GetFullPath(_folder);
        if (name.Length == 0 || !path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new DataException($"{_labels.Name}, row {_labels.Row}, column '{FileColumn}' holds '{name}', which is no file below {_folder}.");
        _file = Path.Combine(_folder, name);
        return Picture.Decode(_file, DataFile.ReadAll(_file, FileBytesMax));
    }
}

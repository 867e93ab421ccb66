using Fed.Learning.Data.Images;

namespace Fed.Learning.Data.Sources;

/// <summary>A folder of PNG, PGM or PPM images of one size. The pixels are the columns <c>x0, x1, ...</c> in [channels, height, width]; <c>file</c> is an image's name below the folder.</summary>
/// <param name="Path">The folder: with one folder per class, whose name stands under the target's name, unless labels are given.</param>
/// <param name="Labels">A CSV file with the column <c>file</c> and what is known of each image: the label, the hospital, the patient. Null takes the class from the folders.</param>
public sealed record ImageFolderSource(string Path, string? Labels = null) : DataSource
{
    /// <inheritdoc/>
    public override string Name => Path;

    /// <inheritdoc/>
    public override IRowReader Open(DataSchema schema)
    {
        IRowReader labels = Labels is null ? new FolderList(Path, schema.Target) : CsvReader.Open(Labels);
        try
        {
            return new Selection(new ImageRows(Path, labels), name => name != ImageRows.FileColumn || Selection.IsDeclared(schema, name));
        }
        catch
        {
            labels.Dispose();
            throw;
        }
    }
}
